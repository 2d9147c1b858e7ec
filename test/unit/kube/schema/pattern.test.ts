import { describe, expect, test } from "vitest";
import { compilePattern } from "../../../../src/kube/schema/pattern.ts";

function matches(pattern: string, text: string): boolean | string {
  const compiled = compilePattern(pattern);
  return "mistake" in compiled ? compiled.mistake : compiled.matches(text);
}

describe("patterns of Go", () => {
  test.each([
    ["^[A-Z]{2}-[0-9]{4}$", "AB-1234", true],
    ["b", "abc", true],
    ["(?i)^abc$", "ABC", true],
    ["^[[:alpha:]]+$", "abc", true],
    ["^[[:alpha:]]+$", "ab1", false],
    ["\\Aa\\z", "a", true],
    ["^\\Qa.b\\E$", "a.b", true],
    ["^\\Qa.b\\E$", "axb", false],
    ["(?P<year>\\d{4})", "in 2026", true],
    ["^[a-z\\-_]+$", "a-b", true],
    ["^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", "a.b-c", true],
    ["^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$", "1h30m", true],
  ])("%s on %s is %s", (pattern, text, wanted) => {
    expect(matches(pattern, text)).toBe(wanted);
  });

  test.each([
    ["([", "error parsing regexp: missing closing ]: `[`"],
    ["(a", "error parsing regexp: missing closing ): `(a`"],
    ["*a", "error parsing regexp: missing argument to repetition operator: `*`"],
  ])("%s is refused in the words of Go", (pattern, mistake) => {
    expect(matches(pattern, "")).toBe(mistake);
  });

  test.each(["^(a+)+$", "^([a-z]+)*$", "(a*)*$^", "^([a-z][a-z]+)*$", "^(\\w+\\s?)*$"])(
    "%s, on which JavaScript could take for ever, comes to an end",
    (pattern) => {
      const compiled = compilePattern(pattern);
      expect(compiled).toMatchObject({ isRisky: true });
      expect(matches(pattern, `${"a".repeat(60)}!`)).toBe(false);
    },
  );

  test("a risky pattern still matches what it matches", () => {
    expect(matches("^([a-z]+)*$", "abc")).toBe(true);
    expect(matches("^([a-z]+)*$", "ab1")).toBe(false);
  });
});
