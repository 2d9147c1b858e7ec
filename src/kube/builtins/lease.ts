import type { JsonObject } from "../json.ts";
import { objectAt } from "../json.ts";
import { invalidValue } from "../schema/causes.ts";
import type { Cause } from "../status.ts";

export function leaseCauses(lease: JsonObject): Cause[] {
  const spec = objectAt(lease, "spec");
  const duration = spec?.["leaseDurationSeconds"];
  const transitions = spec?.["leaseTransitions"];
  return [
    ...(typeof duration === "number" && duration <= 0
      ? [invalidValue("spec.leaseDurationSeconds", duration, "must be greater than 0")]
      : []),
    ...(typeof transitions === "number" && transitions < 0
      ? [invalidValue("spec.leaseTransitions", transitions, "must be greater than or equal to 0")]
      : []),
  ];
}
