import type { JsonObject } from "../json.ts";
import { isObject, listAt, objectAt, setValue, textAt } from "../json.ts";
import { invalidValue } from "../schema/causes.ts";
import { labelKeyMistakes } from "../schema/names.ts";
import type { Cause } from "../status.ts";
import { fillConditionTimes } from "./conditions.ts";

const NAME_LABEL = "kubernetes.io/metadata.name";

/** A namespace always carries its name as a label, whatever was written; the value of another one is put back. */
export function fillNamespace(namespace: JsonObject): void {
  const metadata = objectAt(namespace, "metadata");
  const name = textAt(metadata, "name");
  if (metadata === undefined || name === undefined) {
    return;
  }
  const labels = metadata["labels"];
  if (isObject(labels)) {
    setValue(labels, NAME_LABEL, name);
  } else {
    metadata["labels"] = { [NAME_LABEL]: name };
  }
  fillConditionTimes(namespace, ["lastTransitionTime"]);
}

/** Finalizers of the spec are qualified names. */
export function namespaceCauses(namespace: JsonObject): Cause[] {
  const finalizers = listAt(objectAt(namespace, "spec"), "finalizers") ?? [];
  return finalizers
    .filter((finalizer) => typeof finalizer === "string")
    .flatMap((finalizer) =>
      labelKeyMistakes(finalizer).map((text) => invalidValue("spec.finalizers", finalizer, text)),
    );
}
