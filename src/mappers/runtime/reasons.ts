import type { Fault, FaultCode } from "../../shared/kit/fault.ts";

/** The word that people see where the driver gave none of its own in `details.reason`. */
const REASONS: Partial<Record<FaultCode, string>> = {
  "link.timeout": "Timeout",
  "link.closed": "ConnectionClosed",
  "link.unreachable": "Unreachable",
  "link.confused": "ConfusedAnswer",
  "device.refused": "Refused",
  "device.mismatch": "Mismatch",
  "data.outOfRange": "OutOfRange",
  "data.wrongType": "WrongType",
  "data.malformed": "Malformed",
};

/** The CamelCase reason of a failure, for qualities, states and conditions. */
export function reasonOf(fault: Fault): string {
  const own = fault.details["reason"];
  return typeof own === "string" ? own : (REASONS[fault.code] ?? "Failed");
}
