import { describe, expect, it } from "vitest";
import { decodeContinue, encodeContinue } from "../../../../src/kube/server/continueToken.ts";
import { negotiate, parseAccept } from "../../../../src/kube/server/negotiation.ts";
import { deleteOptionsOf, listOptionsOf, writeOptionsOf } from "../../../../src/kube/server/options.ts";
import { parseTarget } from "../../../../src/kube/server/requestTarget.ts";
import { parseYaml, yamlText } from "../../../../src/kube/server/yamlText.ts";

describe("parseTarget", () => {
  it.each([
    ["/api/v1/namespaces", "", "v1", "", "namespaces", "", ""],
    ["/api/v1/namespaces/a", "", "v1", "", "namespaces", "a", ""],
    ["/api/v1/namespaces/a/finalize", "", "v1", "", "namespaces", "a", "finalize"],
    ["/api/v1/namespaces/a/pods", "", "v1", "a", "pods", "", ""],
    ["/api/v1/namespaces/a/pods/b/log", "", "v1", "a", "pods", "b", "log"],
    ["/api/v1/nodes/n/status", "", "v1", "", "nodes", "n", "status"],
    ["/apis/g.io/v2/things", "g.io", "v2", "", "things", "", ""],
    ["/apis/g.io/v2/namespaces/a/things/b%2Fc/x/y", "g.io", "v2", "a", "things", "b/c", "x/y"],
  ])("reads %s", (path, group, version, namespace, plural, name, subresource) => {
    expect(parseTarget(path)).toEqual({ group, version, namespace, plural, name, subresource, isWatchPath: false });
  });

  it("reads the old form of watches", () => {
    expect(parseTarget("/apis/g.io/v2/watch/namespaces/a/things")).toMatchObject({
      plural: "things",
      isWatchPath: true,
    });
  });

  it("finds no resource in discovery and other paths", () => {
    for (const path of ["/", "/version", "/api", "/api/v1", "/apis", "/apis/g.io", "/apis/g.io/v1"]) {
      expect(parseTarget(path)).toBeUndefined();
    }
  });

  it("refuses an escape that is none with 400", () => {
    expect(() => parseTarget("/api/v1/namespaces/%zz")).toThrow(/invalid URL escape/);
  });
});

describe("negotiate", () => {
  const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

  it("takes the first range that it can serve", () => {
    expect(negotiate(`${TABLE},application/json`, ["Table"])).toMatchObject({ shape: "Table", format: "json" });
    expect(negotiate(`${TABLE},application/json`, [])).toMatchObject({ shape: "object" });
    expect(negotiate("application/vnd.kubernetes.protobuf,application/json", [])).toMatchObject({ format: "json" });
    expect(negotiate("application/yaml", [])).toMatchObject({ format: "yaml" });
    expect(negotiate(undefined, [])).toMatchObject({ format: "json", shape: "object" });
  });

  it("orders ranges by their quality", () => {
    expect(parseAccept("a/b;q=0.5, c/d").map(({ type }) => type)).toEqual(["c/d", "a/b"]);
  });

  it("answers 406 to what it cannot serve", () => {
    expect(() => negotiate("application/xml", [])).toThrow(/only the following media types are accepted/);
  });
});

describe("options", () => {
  const query = (text: string) => new URLSearchParams(text);

  it("reads lists and watches", () => {
    const list = listOptionsOf(query("limit=5&resourceVersion=7&resourceVersionMatch=Exact"), { isWatch: false });
    expect(list).toMatchObject({ limit: 5, resourceVersion: 7, match: "Exact", timeoutMs: undefined });
    const watch = listOptionsOf(query("timeoutSeconds=3&allowWatchBookmarks=true"), { isWatch: true });
    expect(watch).toMatchObject({ timeoutMs: 3000, bookmarks: true, sendInitialEvents: false });
  });

  it.each([
    ["resourceVersionMatch=Exact", /forbidden unless resourceVersion is provided/],
    ["resourceVersion=1&resourceVersionMatch=Some", /supported values: "Exact", "NotOlderThan", ""/],
    ["resourceVersion=0&resourceVersionMatch=Exact", /forbidden for resourceVersion "0"/],
    ["limit=x", /strconv.ParseInt: parsing "x": invalid syntax/],
    ["resourceVersion=x", /strconv.ParseUint/],
    ["sendInitialEvents=true", /forbidden for list/],
  ])("refuses a list with %s", (text, message) => {
    expect(() => listOptionsOf(query(text), { isWatch: false })).toThrow(message);
  });

  it("knows only one kind of dry run, and says which", () => {
    expect(writeOptionsOf(query("dryRun=All"), "CreateOptions").dryRun).toBe(true);
    expect(() => writeOptionsOf(query("dryRun=Some"), "CreateOptions")).toThrow(
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: []string{"Some"}: supported values: "All"',
    );
  });

  it("reads DELETE from the body where there is one, else from the query", () => {
    expect(deleteOptionsOf(query("propagationPolicy=Orphan"), undefined).propagation).toBe("Orphan");
    const body = { propagationPolicy: "Foreground", preconditions: { uid: "u" }, dryRun: ["All"] };
    expect(deleteOptionsOf(query("propagationPolicy=Orphan"), body)).toEqual({
      propagation: "Foreground",
      preconditions: { uid: "u", resourceVersion: undefined },
      dryRun: true,
    });
    expect(deleteOptionsOf(query(""), { orphanDependents: true }).propagation).toBe("Orphan");
    expect(() => deleteOptionsOf(query("propagationPolicy=Some"), undefined)).toThrow(/DeleteOptions.meta.k8s.io/);
  });
});

describe("page tokens", () => {
  it("come back as they were given", () => {
    expect(decodeContinue(encodeContinue({ revision: 12, after: "ns/a" }))).toEqual({ revision: 12, after: "ns/a" });
  });

  it("are refused with 400 when they are none of ours", () => {
    for (const token of ["abc", Buffer.from("{}").toString("base64url")]) {
      expect(() => decodeContinue(token)).toThrow(/invalid continue token: continue key is not valid/);
    }
  });
});

describe("YAML", () => {
  it("keeps what JSON can hold, integers beyond 2^53 included", () => {
    const value = { b: "yes", a: [1, "1", true, null, 9007199254740993n], "x y": { c: "multi\nline" } };
    expect(parseYaml(yamlText(value))).toEqual(value);
  });

  it("sorts keys and does not indent lists", () => {
    expect(yamlText({ b: [1], a: "x" })).toBe("a: x\nb:\n- 1\n");
  });
});
