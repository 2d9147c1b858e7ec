import type { JsonObject, JsonValue } from "../json.ts";
import { isObject, textAt } from "../json.ts";
import type { Cause } from "../status.ts";
import { required, typeInvalid } from "./causes.ts";
import { objectMetaMistake, validateEmbeddedMeta } from "./objectMeta.ts";
import type { SchemaNode } from "./schemaNode.ts";
import { memberNode } from "./schemaNode.ts";
import { join } from "./validateValue.ts";

/** x-kubernetes-embedded-resource: apiVersion and kind must be there, metadata must be metadata. */
export function embeddedCauses(value: JsonValue | undefined, node: SchemaNode, path = ""): Cause[] {
  if (Array.isArray(value)) {
    const { items } = node;
    return items === undefined ? [] : value.flatMap((item, i) => embeddedCauses(item, items, `${path}[${i}]`));
  }
  if (!isObject(value)) {
    return [];
  }
  const below = Object.entries(value).flatMap(([name, member]) => {
    const schema = memberNode(node, name);
    return schema === undefined ? [] : embeddedCauses(member, schema, join(path, name));
  });
  return node.embedded ? [...resourceCauses(value, path), ...below] : below;
}

function resourceCauses(resource: JsonObject, path: string): Cause[] {
  const missing = ["apiVersion", "kind"].filter((key) => (textAt(resource, key) ?? "") === "");
  const mistake = objectMetaMistake(resource["metadata"]);
  return [
    ...missing.map((key) => required(join(path, key), "must not be empty")),
    ...(mistake === undefined
      ? validateEmbeddedMeta(resource, path)
      : [typeInvalid(join(path, "metadata"), "metadata", mistake)]),
  ];
}
