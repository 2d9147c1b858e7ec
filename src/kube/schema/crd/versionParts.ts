import type { JsonObject, JsonValue } from "../../json.ts";
import { isObject, listAt, objectAt, sameJson } from "../../json.ts";
import type { Cause } from "../../status.ts";
import { required } from "../causes.ts";
import { validateColumns } from "./columns.ts";
import { validateScale } from "./scalePaths.ts";
import { validateSchema } from "./schemaRules.ts";
import { validateSelectableFields } from "./selectableFields.ts";

/** A part of a version, where its mistakes are reported. */
interface Placed {
  readonly part: JsonValue;
  readonly field: string;
  /** The schema of the version that the part belongs to. */
  readonly schema: JsonObject;
}

/**
 * Schema, subresources, printer columns and selectable fields of all versions. What is equal in all versions is
 * reported once, at the top of the spec, where it was in v1beta1 and still is inside Kubernetes.
 */
export function validateVersionParts(spec: JsonObject): Cause[] {
  const versions = (listAt(spec, "versions") ?? []).filter(isObject);
  const missing = versions.flatMap((version, i) =>
    objectAt(objectAt(version, "schema"), "openAPIV3Schema") === undefined
      ? [required(`spec.versions[${i}].schema.openAPIV3Schema`, "schemas are required")]
      : [],
  );
  return [
    ...missing,
    ...place(versions, "schema", "validation").flatMap(schemaCauses),
    ...place(versions, "subresources", "subresources").flatMap(scaleCauses),
    ...place(versions, "additionalPrinterColumns", "additionalPrinterColumns").flatMap(({ part, field }) =>
      validateColumns(part, field),
    ),
    ...place(versions, "selectableFields", "selectableFields").flatMap(({ part, field, schema }) =>
      validateSelectableFields(part, field, schema),
    ),
  ];
}

function place(versions: readonly JsonObject[], member: string, top: string): Placed[] {
  const [first, ...others] = versions;
  const shared = others.every((version) => sameJson(version[member], first?.[member]));
  return versions.slice(0, shared ? 1 : versions.length).flatMap((version, i) => {
    const part = version[member];
    const schema = objectAt(objectAt(version, "schema"), "openAPIV3Schema") ?? {};
    return part === undefined
      ? []
      : [{ part, schema, field: shared ? `spec.${top}` : `spec.versions[${i}].${member}` }];
  });
}

function schemaCauses({ part, field }: Placed): Cause[] {
  const schema = objectAt(part, "openAPIV3Schema");
  return schema === undefined ? [] : validateSchema(schema, `${field}.openAPIV3Schema`);
}

function scaleCauses({ part, field }: Placed): Cause[] {
  const scale = objectAt(part, "scale");
  return scale === undefined ? [] : validateScale(scale, `${field}.scale`);
}
