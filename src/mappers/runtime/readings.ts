import { isFault } from "../../shared/kit/fault.ts";
import type { DeviceProperty } from "../../shared/model/device.ts";
import { formatValue, INT64, type PropertyType, type Value, type ValueText } from "../../shared/model/value.ts";
import type { Reading } from "../../shared/wire/mapperMessages.ts";
import type { Sample } from "../driver.ts";
import { reasonOf } from "./reasons.ts";

/** What one read of a point says about its property. A point that could not be read keeps its last value. */
export function readingOf(sample: Sample, { name, type }: Pick<DeviceProperty, "name" | "type">): Reading {
  if (isFault(sample)) return { property: name, quality: "bad", reason: reasonOf(sample) };
  const { value, quality = "good", reason = "", sourceTimestamp } = sample;
  const time = sourceTimestamp === undefined ? {} : { sourceTimestamp };
  if (!fits(value, type)) return { property: name, quality: "bad", reason: "OutOfRange", ...time };
  const text = textOfValue(value, type);
  if (text === undefined) return { property: name, value: null, quality: "bad", reason: "NotANumber", ...time };
  return { property: name, value: text, quality, reason, ...time };
}

/** A value in the form of its property; any number but 0 is true. undefined: the device has no value (NaN). */
export function textOfValue(value: Value, type: PropertyType): ValueText | undefined {
  if (type === "BOOLEAN" && (typeof value === "number" || typeof value === "bigint")) {
    return Number.isNaN(value) ? undefined : formatValue(value !== 0 && value !== 0n, type);
  }
  return formatValue(value, type);
}

/** INT has 64 bits with sign; an unsigned counter beyond that has no INT that would be true. */
function fits(value: Value, type: PropertyType): boolean {
  if (type !== "INT" || (typeof value !== "bigint" && typeof value !== "number")) return true;
  return Number.isNaN(value) || (value >= INT64.min && value <= INT64.max);
}
