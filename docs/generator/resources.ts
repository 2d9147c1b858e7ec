import { CUSTOM_RESOURCE_DEFINITIONS } from "../../src/shared/model/crds.ts";
import { code, table } from "./table.ts";

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
}

interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string; readonly shortNames?: readonly string[] };
    readonly versions: readonly {
      readonly additionalPrinterColumns: readonly {
        readonly name: string;
        readonly jsonPath: string;
        readonly description: string;
        readonly priority?: number;
      }[];
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** Objects whose keys have a page of their own, or are Kubernetes' own. */
const CLOSED = new Set(["configData", "protocolConfigData", "conditions", "pushMethod"]);

/** `kubectl explain` has the keys right below; here they are on a page of their own. */
const KEYS_BELOW = "The keys below are those of the built-in protocols, which is named with each; other keys are kept.";
const KEYS_ELSEWHERE = "Of the built-in protocols: [modbus](../how-to/modbus.md). Other keys are kept.";

/** The columns of `kubectl get` and the fields of one of our kinds. */
export function resourceTables(kind: string): string {
  const definition = (CUSTOM_RESOURCE_DEFINITIONS as readonly unknown[] as readonly Definition[]).find(
    ({ spec }) => spec.names.kind === kind,
  );
  const version = definition?.spec.versions[0];
  if (definition === undefined || version === undefined) throw new Error(`there is no kind ${kind}`);
  const { openAPIV3Schema: root } = version.schema;
  const columns = version.additionalPrinterColumns.map(({ name, jsonPath, description, priority }) => [
    name.toUpperCase(),
    code(jsonPath),
    `${description}${priority === 1 ? " Only with `-o wide`." : ""}`,
  ]);
  const { spec, status } = root.properties ?? {};
  const parts = { spec, status };
  const fields = Object.entries(parts).flatMap(([name, schema]) => (schema === undefined ? [] : rowsOf(schema, name)));
  return [
    root.description ?? "",
    table(["column", "from", "meaning"], columns),
    table(["field", "type", "meaning"], fields),
  ].join("\n\n");
}

function rowsOf(schema: Schema, path: string): string[][] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([name, field]) => {
    const key = `${path}.${name}${field.type === "array" ? "[]" : ""}`;
    const must = required.includes(name) ? " (required)" : "";
    const row = [code(key), `${typeOf(field)}${must}`, (field.description ?? "").replace(KEYS_BELOW, KEYS_ELSEWHERE)];
    const below = field.type === "array" ? field.items : field;
    return [row, ...(below === undefined || CLOSED.has(name) ? [] : rowsOf(below, key))];
  });
}

function typeOf({ type = "", enum: choices, items, additionalProperties }: Schema): string {
  if (choices !== undefined) return choices.map(code).join(", ");
  if (type === "array") return `list of ${items?.type ?? "object"}s`;
  return additionalProperties === undefined ? type : `map of ${additionalProperties.type ?? "object"}s`;
}
