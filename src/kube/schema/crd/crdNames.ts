import type { JsonObject } from "../../json.ts";
import { textAt } from "../../json.ts";
import type { Cause } from "../../status.ts";
import { invalidValue, required } from "../causes.ts";
import { label1035Mistakes } from "../names.ts";
import { textsAt } from "../schemaNode.ts";

const FIELD = "spec.names";
const MIXED = "may have mixed case, but should otherwise match: ";

/** plural, singular, kind, listKind, shortNames and categories of a definition. */
export function validateNames(names: JsonObject): Cause[] {
  const kind = textAt(names, "kind") ?? "";
  const same = kind !== "" && kind === textAt(names, "listKind");
  return [
    ...["plural", "singular"].flatMap((member) => labelCauses(names, member)),
    ...["kind", "listKind"].flatMap((member) => kindCauses(names, member)),
    ...(same ? [invalidValue(`${FIELD}.listKind`, kind, "kind and listKind may not be the same")] : []),
    ...["shortNames", "categories"].flatMap((member) => listCauses(names, member)),
  ];
}

function labelCauses(names: JsonObject, member: string): Cause[] {
  const name = textAt(names, member) ?? "";
  return name === "" ? [required(`${FIELD}.${member}`)] : causesOf(`${FIELD}.${member}`, name, label1035Mistakes(name));
}

function kindCauses(names: JsonObject, member: string): Cause[] {
  const name = textAt(names, member) ?? "";
  if (name === "") {
    return [required(`${FIELD}.${member}`)];
  }
  const mistakes = label1035Mistakes(name.toLowerCase());
  return mistakes.length === 0 ? [] : [invalidValue(`${FIELD}.${member}`, name, MIXED + mistakes.join(","))];
}

function listCauses(names: JsonObject, member: string): Cause[] {
  return textsAt(names, member).flatMap((name, i) =>
    causesOf(`${FIELD}.${member}[${i}]`, name, label1035Mistakes(name)),
  );
}

function causesOf(field: string, name: string, mistakes: readonly string[]): Cause[] {
  return mistakes.length === 0 ? [] : [invalidValue(field, name, mistakes.join(","))];
}
