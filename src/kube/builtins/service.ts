import type { JsonObject } from "../json.ts";
import { isObject, listAt, objectAt } from "../json.ts";

/** The defaults of a Service that need no address allocation. */
export function fillService(service: JsonObject): void {
  const spec = objectAt(service, "spec");
  if (spec !== undefined) {
    spec["type"] ??= "ClusterIP";
    spec["sessionAffinity"] ??= "None";
    for (const port of (listAt(spec, "ports") ?? []).filter(isObject)) {
      port["protocol"] ??= "TCP";
      port["targetPort"] ??= port["port"] ?? 0;
    }
  }
  service["status"] ??= { loadBalancer: {} };
}
