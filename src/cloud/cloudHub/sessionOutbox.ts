import type { DeviceKey } from "../../shared/model/device.ts";
import { packFrame } from "../../shared/wire/packFrame.ts";
import type { Assignment, EdgeFrame, HubFrame } from "../../shared/wire/syncFrames.ts";
import type { Assignments } from "./assignments.ts";

type EdgeHello = Extract<EdgeFrame, { kind: "edge.hello" }>;
type HubHello = Extract<HubFrame, { kind: "hub.hello" }>;

interface SessionOutboxParts {
  readonly node: string;
  readonly assignments: Assignments;
  /** Sent first. */
  readonly hello: HubHello;
  readonly edgeHello: EdgeHello;
  readonly onTooLarge: (key: DeviceKey) => void;
  readonly onAssigned: (devices: number) => void;
}

interface Holding {
  readonly uid: string;
  readonly digest: string;
}

/**
 * What one edge is still to be told: keys, not frames, so it is bounded by the number of its devices, and the book is
 * asked only when the edge can take the answer.
 */
export class SessionOutbox {
  readonly #parts: SessionOutboxParts;
  readonly #holds = new Map<DeviceKey, Holding>();
  readonly #changed = new Set<DeviceKey>();
  readonly #withdrawn = new Map<DeviceKey, string>();
  readonly #acks = new Map<DeviceKey, { readonly uid: string; readonly rev: number }>();
  #helloSent = false;
  #syncedSent = false;

  constructor(parts: SessionOutboxParts) {
    this.#parts = parts;
    const revs = new Map(parts.hello.held.map(({ key, uid, rev }) => [`${key} ${uid}`, rev]));
    for (const { key, uid, digest, rev } of parts.edgeHello.devices) {
      // A disk that went back in time has lost versions, too: a digest that fits none has them sent again.
      const isBehind = (revs.get(`${key} ${uid}`) ?? 0) > rev;
      this.#holds.set(key, { uid, digest: isBehind ? "" : digest });
    }
    const assigned = parts.assignments.of(parts.node);
    const keys = new Set(assigned.map(({ spec }) => spec.key));
    for (const assignment of assigned) this.#compare(assignment.spec.key, assignment);
    for (const key of this.#holds.keys()) if (!keys.has(key)) this.#compare(key, undefined);
  }

  /** The book has changed for this device. */
  change(key: DeviceKey): void {
    this.#compare(key, this.#parts.assignments.get(this.#parts.node, key));
  }

  acknowledge(key: DeviceKey, uid: string, rev: number): void {
    this.#acks.set(key, { uid, rev });
  }

  /** The edge speaks of a device that is not its own: it should drop it. */
  refuse(key: DeviceKey, uid: string): void {
    this.#withdrawn.set(key, uid);
  }

  /** The next frame: hello, acknowledgements, withdrawals, assignments, and `synced` once the edge has all. */
  next(): string | undefined {
    if (!this.#helloSent) {
      this.#helloSent = true;
      return JSON.stringify(this.#parts.hello satisfies HubFrame);
    }
    const frame = this.#nextAcks() ?? this.#nextWithdrawals() ?? this.#nextAssignments();
    if (frame !== undefined || this.#syncedSent) return frame;
    this.#syncedSent = true;
    return JSON.stringify({ kind: "synced" } satisfies HubFrame);
  }

  #compare(key: DeviceKey, assignment: Assignment | undefined): void {
    const held = this.#holds.get(key);
    if (held !== undefined && held.uid !== assignment?.spec.uid) {
      this.#withdrawn.set(key, held.uid);
      this.#holds.delete(key);
    }
    if (assignment !== undefined && !isHeld(held, assignment)) this.#changed.add(key);
  }

  #nextAcks(): string | undefined {
    const { frame, taken } = packFrame("statusAck", this.#acks.keys(), (key) => {
      const ack = this.#acks.get(key);
      return ack && { key, ...ack };
    });
    for (const key of taken) this.#acks.delete(key);
    return frame;
  }

  #nextWithdrawals(): string | undefined {
    const { node, assignments } = this.#parts;
    const { frame, taken } = packFrame("unassign", this.#withdrawn.keys(), (key) => {
      const uid = this.#withdrawn.get(key);
      // It may have come back meanwhile; then nothing must be thrown away.
      return assignments.get(node, key)?.spec.uid === uid ? undefined : { key, uid };
    });
    for (const key of taken) this.#withdrawn.delete(key);
    return frame;
  }

  #nextAssignments(): string | undefined {
    const { node, assignments, onTooLarge, onAssigned } = this.#parts;
    const packed = new Map<DeviceKey, Holding>();
    const { frame, taken, tooLarge } = packFrame("assign", this.#changed, (key) => {
      const assignment = assignments.get(node, key);
      if (assignment === undefined || isHeld(this.#holds.get(key), assignment)) return undefined;
      packed.set(key, { uid: assignment.spec.uid, digest: assignment.digest });
      return assignment;
    });
    let assigned = 0;
    for (const key of taken) {
      this.#changed.delete(key);
      const holding = packed.get(key);
      if (holding === undefined || tooLarge.includes(key)) continue;
      this.#holds.set(key, holding);
      assigned += 1;
    }
    for (const key of tooLarge) onTooLarge(key);
    if (assigned > 0) onAssigned(assigned);
    return frame;
  }
}

function isHeld(held: Holding | undefined, { spec, digest }: Assignment): boolean {
  return held !== undefined && held.uid === spec.uid && held.digest === digest;
}
