import type { Fault, FaultCode } from "../../shared/kit/fault.ts";
import type { Desired, DesiredState } from "../../shared/model/twin.ts";

/** How a set or a method call ends (contract, section 5); `Accepted` alone is not the end. */
export type ResultCode =
  | "Accepted"
  | "Verified"
  | "Mismatch"
  | "Rejected"
  | "Expired"
  | "Superseded"
  | "OutOfRange"
  | "WrongType"
  | "ReadOnly"
  | "UnknownDevice"
  | "UnknownProperty"
  | "BadPayload"
  | "TooLarge"
  | "Forbidden";

/** How a request ended, for who asked. */
export interface Outcome {
  readonly code: ResultCode;
  readonly message: string;
}

/** A set that goes nowhere, with the id to answer to. */
export class SetRefusal extends Error {
  override readonly name = "SetRefusal";
  readonly code: ResultCode;
  readonly id: string;

  constructor(code: ResultCode, message: string, id: string) {
    super(message);
    this.code = code;
    this.id = id;
  }

  static from(fault: Fault, id: string): SetRefusal {
    return new SetRefusal(CODE_OF_FAULT[fault.code] ?? "Rejected", fault.message, id);
  }
}

const CODE_OF_FAULT: { readonly [Code in FaultCode]?: ResultCode } = {
  "data.unknown": "UnknownProperty",
  "data.readOnly": "ReadOnly",
  "data.wrongType": "WrongType",
  "data.outOfRange": "OutOfRange",
  "data.malformed": "BadPayload",
  "data.tooLarge": "TooLarge",
};

const CODE_OF_STATE = {
  verified: "Verified",
  mismatch: "Mismatch",
  rejected: "Rejected",
  expired: "Expired",
  superseded: "Superseded",
} as const satisfies { readonly [State in DesiredState]?: ResultCode };

/** Reasons of a rejection that have a code of their own. */
const CODES_AS_REASON: readonly ResultCode[] = ["OutOfRange", "WrongType", "ReadOnly", "Forbidden", "TooLarge"];

/** How a change ended; undefined while it is under way. */
export function outcomeOf({ state, reason, message }: Desired): Outcome | undefined {
  const code = state in CODE_OF_STATE ? CODE_OF_STATE[state as keyof typeof CODE_OF_STATE] : undefined;
  if (code === undefined) return undefined;
  const special = code === "Rejected" ? CODES_AS_REASON.find((known) => known === reason) : undefined;
  return { code: special ?? code, message: message || reason };
}

/** The payload of `…/set/result` and `…/$method/…/result`. */
export function resultPayload(id: string, { code, message }: Outcome): string {
  const ok = code === "Verified" || code === "Accepted";
  return JSON.stringify({ id, ok, code, message });
}
