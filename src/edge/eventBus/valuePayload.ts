import { isoTime } from "../../shared/kit/time.ts";
import type { DeviceProperty } from "../../shared/model/device.ts";
import type { Reported, StateReport } from "../../shared/model/twin.ts";
import { jsonLiteral } from "../../shared/model/value.ts";

/** The part of a value's payload that its property alone decides, made once per property. */
export function middleOf({ type, unit }: Pick<DeviceProperty, "type" | "unit">): string {
  const unitPart = unit === undefined || unit === "" ? "" : `,"unit":${JSON.stringify(unit)}`;
  return `,"type":"${type}"${unitPart},"quality":"`;
}

/** Makes the retained payloads of properties: compact, keys in the contract's order. */
export class ValuePayloads {
  #lastMs = Number.NaN;
  #lastTime = "";

  /** Put together from texts, since no JSON writer here could write all 64 bits of an INT. */
  of(
    { value, quality, reason, at, version }: Reported,
    { type, middle }: { readonly type: DeviceProperty["type"]; readonly middle: string },
  ): string {
    const end = quality === "good" ? "}" : `,"reason":${JSON.stringify(reason)}}`;
    const time = this.#time(at);
    return `{"value":${jsonLiteral(value, type)}${middle}${quality}","at":"${time}","version":${version}${end}`;
  }

  /** One read brings many values of one time. */
  #time(epochMs: number): string {
    if (epochMs !== this.#lastMs) {
      this.#lastMs = epochMs;
      this.#lastTime = isoTime(epochMs);
    }
    return this.#lastTime;
  }
}

/** The retained payload of `$state`. */
export function statePayload({ state, reason, since }: StateReport): string {
  return JSON.stringify({ state, reason, since: isoTime(since) });
}
