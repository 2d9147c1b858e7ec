import { Fault } from "../../shared/kit/fault.ts";
import type { DeviceProperty } from "../../shared/model/device.ts";
import { type ValueText, wantedText } from "../../shared/model/value.ts";

/**
 * The canonical text of a value that somebody wants a property to have, held against the model. Throws `data.readOnly`,
 * `data.wrongType`, `data.outOfRange`.
 */
export function checkWanted(value: ValueText, property: DeviceProperty): ValueText {
  if (property.accessMode === "ReadOnly") {
    throw new Fault("data.readOnly", `property ${property.name} is ReadOnly, so nothing can be written to it`);
  }
  return wantedText(value, property);
}
