import { describe, expect, test } from "vitest";
import { referencesIn } from "../../../../src/kube/builtins/components.ts";
import type { JsonObject, JsonValue } from "../../../../src/kube/json.ts";
import { isObject, listAt, objectAt, textAt } from "../../../../src/kube/json.ts";
import { openApiDocument } from "../../../../src/kube/openapi/document.ts";
import { OPENAPI_V2 } from "../../../../src/kube/openapi/v2.ts";
import { readRecording, recordedDefinition } from "../../../support/recordings.ts";

function kindOf(name: "widgets" | "gauges") {
  const spec = objectAt(recordedDefinition(name), "spec");
  const version = (listAt(spec, "versions") ?? []).filter(isObject)[0];
  const kind = textAt(objectAt(spec, "names"), "kind") ?? "";
  return {
    kind,
    listKind: `${kind}List`,
    plural: name,
    namespaced: spec?.["scope"] === "Namespaced",
    schema: objectAt(objectAt(version, "schema"), "openAPIV3Schema"),
    status: objectAt(objectAt(version, "subresources"), "status") !== undefined,
    scale: objectAt(objectAt(version, "subresources"), "scale") !== undefined,
    selectableFields: (listAt(version, "selectableFields") ?? []).map((field) =>
      (textAt(field, "jsonPath") ?? "").slice(1),
    ),
  };
}

const document = openApiDocument({ group: "gadgets.example.com", version: "v1" }, [
  kindOf("widgets"),
  kindOf("gauges"),
]);

/** Paths at which the document lacks or changes what was recorded; it may say more. */
function missing(wanted: JsonValue | undefined, found: JsonValue | undefined, at = ""): string[] {
  if (wanted === "<any>" || wanted === undefined) {
    return [];
  }
  if (Array.isArray(wanted) && Array.isArray(found)) {
    return wanted.flatMap((item, i) =>
      found.some((other) => missing(item, other).length === 0) ? [] : [`${at}[${i}]`],
    );
  }
  if (isObject(wanted) && isObject(found)) {
    return Object.keys(wanted).flatMap((key) => missing(wanted[key], found[key], `${at}.${key}`));
  }
  return wanted === found ? [] : [`${at}: ${JSON.stringify(wanted)} is ${JSON.stringify(found)}`];
}

function recordedBody(file: string, step: number): JsonObject {
  return objectAt(objectAt(listAt(readRecording(file), "steps")?.[step], "response"), "body") ?? {};
}

describe("the document of a group says all that was recorded of a real one", () => {
  test.each([
    ["http/openapi/v3.json", 1],
    ["http/openapi/meta-types.json", 0],
  ])("%s", (file, step) => {
    expect(missing(recordedBody(file, step), JSON.parse(JSON.stringify(document)))).toEqual([]);
  });

  test("every reference leads somewhere", () => {
    const schemas = objectAt(objectAt(document, "components"), "schemas") ?? {};
    const names = Object.values(schemas).filter(isObject).flatMap(referencesIn);
    expect(names.filter((name) => !(name in schemas))).toEqual([]);
    const texts = JSON.stringify(document["paths"]).match(/#\/components\/schemas\/[^"]+/g) ?? [];
    expect(
      texts.map((text) => text.slice("#/components/schemas/".length)).filter((name) => !(name in schemas)),
    ).toEqual([]);
  });

  test("subresources have paths of their own", () => {
    const paths = Object.keys(objectAt(document, "paths") ?? {});
    expect(paths.filter((path) => path.endsWith("/status") || path.endsWith("/scale"))).toEqual([
      "/apis/gadgets.example.com/v1/namespaces/{namespace}/widgets/{name}/scale",
      "/apis/gadgets.example.com/v1/namespaces/{namespace}/widgets/{name}/status",
    ]);
  });
});

test("built-ins are described by their own components, and take strategic merge patches", () => {
  const core = openApiDocument({ group: "", version: "v1" }, [
    {
      kind: "Node",
      listKind: "NodeList",
      plural: "nodes",
      namespaced: false,
      schema: undefined,
      status: true,
      scale: false,
      selectableFields: [],
    },
  ]);
  const schemas = objectAt(objectAt(core, "components"), "schemas");
  expect(objectAt(schemas, "io.k8s.api.core.v1.Node")?.["x-kubernetes-group-version-kind"]).toEqual([
    { group: "", version: "v1", kind: "Node" },
  ]);
  expect(Object.keys(schemas ?? {})).toEqual(
    expect.arrayContaining(["io.k8s.api.core.v1.Taint", "io.k8s.api.core.v1.NodeList"]),
  );
  expect(JSON.stringify(objectAt(objectAt(core, "paths"), "/api/v1/nodes/{name}"))).toContain(
    "strategic-merge-patch+json",
  );
});

test("the version 2 document is a gnostic Document of swagger 2.0 with no paths", () => {
  const bytes = Buffer.from(OPENAPI_V2);
  expect(bytes.subarray(0, 5)).toEqual(Buffer.from([0x0a, 3, ...Buffer.from("2.0")]));
  expect(bytes.subarray(-4)).toEqual(Buffer.from([0x42, 0, 0x4a, 0]));
});
