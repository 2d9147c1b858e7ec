import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonMembers } from "../../../../src/edge/eventBus/jsonMembers.ts";

describe("jsonMembers", () => {
  it("keeps every digit of a number as it was written", () => {
    const members = jsonMembers('{"value": 9223372036854775807 ,"x":1.50e+3}');
    expect(members?.get("value")).toBe("9223372036854775807");
    expect(members?.get("x")).toBe("1.50e+3");
  });

  it.each(["", "1", "null", '"a"', "[]", "{", '{"a":}', '{"a":1}x', "{'a':1}"])("takes %j for no object", (text) => {
    expect(jsonMembers(text)).toBeUndefined();
  });

  it("lets the last of two members of one name count, whatever its name", () => {
    const members = jsonMembers('{"a":1,"a":2,"__proto__":3,"":4}');
    expect([...(members ?? [])]).toEqual([
      ["a", "2"],
      ["__proto__", "3"],
      ["", "4"],
    ]);
  });

  it("finds in any object what JSON.parse finds", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom("", " ", "\n\t"), (object, space) => {
        const text = `${space}${JSON.stringify(object, null, space)}${space}`;
        const members = [...(jsonMembers(text) ?? [])].map(([name, literal]) => [name, JSON.parse(literal) as unknown]);
        expect(members).toEqual(Object.entries(JSON.parse(text) as object));
      }),
    );
  });
});
