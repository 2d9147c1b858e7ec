import { expect, it } from "vitest";
import { readYaml, setInYaml } from "../../../../src/shared/kit/yaml.ts";

it("keys are set, and everything else stays as it was written", () => {
  const before = "# mine\nport:   1883  # default\nnode: old\n";
  const after = setInYaml(before, { node: "new", hub: { url: "wss://h:1" }, site: undefined }, "x.yaml");
  expect(after).toBe("# mine\nport: 1883 # default\nnode: new\nhub:\n  url: wss://h:1\n");
  expect(readYaml(after, "x.yaml")).toEqual({ port: 1883, node: "new", hub: { url: "wss://h:1" } });
});

it("an empty text is an empty mapping", () => {
  expect(setInYaml("", { a: 1 }, "x.yaml")).toBe("a: 1\n");
  expect(readYaml("# nothing\n", "x.yaml")).toEqual({});
});

it("what is no mapping, or no YAML, is refused with the file's name", () => {
  expect(() => readYaml("- a\n", "x.yaml")).toThrow(/x\.yaml: must be a mapping/);
  expect(() => setInYaml("a: [", {}, "x.yaml")).toThrow(/x\.yaml: not YAML/);
});
