/**
 * Every failure we raise ourselves, by code. The part before the dot is the kind, and the kind alone decides
 * what callers do (see `reactionTo`); docs/errors.md lists the codes, and a test holds the two together.
 */
export const FAULTS = {
  "config.invalid": "A file, flag or resource does not match its schema.",
  "config.missing": "A file or resource that is needed is not there.",
  "config.portTaken": "A port that we want to listen on belongs to another process.",
  "config.dataDir": "The data directory cannot be created, written or locked.",
  "config.corruptStore": "A database does not open or fails its integrity check.",
  "config.newerStore": "A database was written by a newer version of Edgeloom.",
  "config.refused": "The other side answered that it will not have us: wrong token, certificate or name.",
  "link.timeout": "The other end did not answer in time.",
  "link.closed": "The connection ended while in use.",
  "link.unreachable": "The connection could not be opened.",
  "link.confused": "The other end sent what cannot belong to this conversation.",
  "device.refused": "The device answered, and said no.",
  "device.mismatch": "What was read back is not what was written.",
  "data.malformed": "Bytes or JSON that do not parse.",
  "data.tooLarge": "A message is larger than its limit.",
  "data.unknown": "A message names something that does not exist here.",
  "data.wrongType": "A value does not fit the type of its property.",
  "data.outOfRange": "A value is outside the range of its property.",
  "data.readOnly": "A value was set that nobody may set.",
  "state.conflict": "Someone else changed the object first.",
  "state.stale": "The state asked for is gone, or newer state is already held.",
  "state.storeFull": "The disk is full or refuses writes.",
} as const;

/** `kind.problem`. */
export type FaultCode = keyof typeof FAULTS;
export type FaultKind = FaultCode extends `${infer Kind}.${string}` ? Kind : never;
/** What who catches a failure does next: let a person fix it, reopen the line, report it, drop the message, read anew. */
export type Reaction = "fix" | "reopen" | "report" | "drop" | "reread" | "crash";

const REACTIONS: Record<FaultKind, Reaction> = {
  config: "fix",
  link: "reopen",
  device: "report",
  data: "drop",
  state: "reread",
};

/**
 * One failure. `message` says what was tried, on what, why it failed and what to do next, in one line.
 * `details` are plain JSON for logs; never put a secret there.
 */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: FaultCode, message: string, options: ErrorOptions & { details?: Record<string, unknown> } = {}) {
    super(message, options);
    this.code = code;
    this.details = options.details ?? {};
  }

  get kind(): FaultKind {
    return this.code.split(".", 1)[0] as FaultKind;
  }
}

/** Whether it is a failure that we raised, of that kind if one is given. */
export function isFault(error: unknown, kind?: FaultKind): error is Fault {
  return error instanceof Fault && (kind === undefined || error.kind === kind);
}

/** Anything that is not a Fault is a bug, and bugs crash. */
export function reactionTo(error: unknown): Reaction {
  return isFault(error) ? REACTIONS[error.kind] : "crash";
}

/** The text of anything that was thrown, for a message or a log line. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
