import { type JsonObject, listAt, objectAt, textAt } from "../json.ts";
import { conditionOf, setCondition } from "./conditions.ts";

/**
 * Writes into a definition's status which of its names it gets, and whether it is served: names belong to whoever
 * accepted them first (apiextensions-apiserver, pkg/controller/status/naming_controller.go).
 */
export function acceptNames(definition: JsonObject, others: readonly JsonObject[], at: string): void {
  const spec = objectAt(definition, "spec") ?? {};
  const wanted = objectAt(spec, "names") ?? {};
  const rivals = others.filter((other) => textAt(other["spec"], "group") === textAt(spec, "group"));
  const taken = takenNames(rivals.map((rival) => objectAt(objectAt(rival, "status"), "acceptedNames") ?? {}));
  const status = objectAt(definition, "status") ?? {};
  definition["status"] = status;
  const before = objectAt(status, "acceptedNames") ?? {};
  const { accepted, problem } = choose(wanted, before, taken);
  status["acceptedNames"] = accepted;
  setCondition(
    definition,
    problem
      ? { type: "NamesAccepted", status: "False", ...problem, at }
      : { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found", at },
  );
  const established = conditionOf(definition, "Established")?.["status"] === "True";
  if (established) return;
  setCondition(
    definition,
    problem
      ? { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted", at }
      : {
          type: "Established",
          status: "True",
          reason: "InitialNamesAccepted",
          message: "the initial names have been accepted",
          at,
        },
  );
}

interface Taken {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

function takenNames(acceptedNames: readonly JsonObject[]): Taken {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const names of acceptedNames) {
    for (const name of [textAt(names, "plural"), textAt(names, "singular"), ...shortNamesOf(names)]) {
      if (name) resources.add(name);
    }
    for (const kind of [textAt(names, "kind"), textAt(names, "listKind")]) if (kind) kinds.add(kind);
  }
  return { resources, kinds };
}

interface Choice {
  readonly accepted: JsonObject;
  /** The last conflict that was found. */
  readonly problem: { readonly reason: string; readonly message: string } | undefined;
}

function choose(wanted: JsonObject, before: JsonObject, taken: Taken): Choice {
  const accepted: JsonObject = { plural: before["plural"] ?? "", kind: before["kind"] ?? "" };
  for (const key of ["singular", "shortNames", "listKind", "categories"]) {
    if (before[key] !== undefined) accepted[key] = before[key];
  }
  let problem: Choice["problem"];
  const take = (key: string, reason: string, used: ReadonlySet<string>) => {
    const name = textAt(wanted, key) ?? "";
    if (used.has(name)) problem = { reason, message: `${JSON.stringify(name)} is already in use` };
    else if (name !== "") accepted[key] = name;
  };
  take("plural", "PluralConflict", taken.resources);
  take("singular", "SingularConflict", taken.resources);
  const shortNames = shortNamesOf(wanted);
  const lost = shortNames.filter((name) => taken.resources.has(name));
  if (lost.length > 0) {
    problem = {
      reason: "ShortNamesConflict",
      message: lost.map((name) => `${JSON.stringify(name)} is already in use`).join(", "),
    };
  } else if (shortNames.length > 0) accepted["shortNames"] = shortNames;
  else delete accepted["shortNames"];
  take("kind", "KindConflict", taken.kinds);
  take("listKind", "ListKindConflict", taken.kinds);
  const categories = wanted["categories"];
  if (Array.isArray(categories) && categories.length > 0) accepted["categories"] = categories;
  else delete accepted["categories"];
  return { accepted, problem };
}

function shortNamesOf(names: JsonObject): string[] {
  return (listAt(names, "shortNames") ?? []).filter((name) => typeof name === "string");
}
