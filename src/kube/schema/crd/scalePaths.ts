import type { JsonObject } from "../../json.ts";
import { textAt } from "../../json.ts";
import type { Cause } from "../../status.ts";
import { invalidValue, required } from "../causes.ts";
import { simplePathCauses } from "./columns.ts";

/** Where a scale subresource reads and writes: replicas under spec and status, the selector under either. */
export function validateScale(scale: JsonObject, field: string): Cause[] {
  return [
    ...pathCauses(scale, field, { member: "specReplicasPath", roots: [".spec."], needed: true }),
    ...pathCauses(scale, field, { member: "statusReplicasPath", roots: [".status."], needed: true }),
    ...pathCauses(scale, field, { member: "labelSelectorPath", roots: [".status.", ".spec."], needed: false }),
  ];
}

interface PathRule {
  readonly member: string;
  readonly roots: readonly string[];
  readonly needed: boolean;
}

function pathCauses(scale: JsonObject, field: string, { member, roots, needed }: PathRule): Cause[] {
  const path = textAt(scale, member) ?? "";
  const at = `${field}.${member}`;
  if (path === "") {
    return needed ? [required(at)] : [];
  }
  const simple = simplePathCauses(path, at);
  if (simple.length > 0 || roots.some((root) => path.startsWith(root))) {
    return simple;
  }
  const names = roots.map((root) => root.slice(0, -1)).join(" or ");
  return [invalidValue(at, path, `should be a json path under ${names}`)];
}
