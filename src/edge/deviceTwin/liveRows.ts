import type { DeviceKey } from "../../shared/model/device.ts";
import type { Acceptance, Desired, Reported, StateReport, TwinProperty } from "../../shared/model/twin.ts";
import type { EdgeEvents } from "../events.ts";
import type { DesiredRow, Numbered, ReportedRow, TwinChange, TwinRows } from "../twinRows.ts";
import { PendingChange } from "./pendingChange.ts";

export interface LiveRow extends ReportedRow {
  /** Monotonic time from which a new value is news again (reportCycleMs). */
  readonly nextAt: number;
}

/** What a commit has brought: tell it. */
export interface Committed {
  readonly changed: EdgeEvents["twin.changed"];
  /** Properties with a change that is to be written. */
  readonly requested: ReadonlySet<string>;
  readonly waiting: readonly (() => void)[];
}

/** What can be shown of a device. */
export interface Shown {
  readonly properties: Record<string, TwinProperty>;
  readonly state: StateReport;
}

/** The rows of one device in memory: the newest of each, and what of them is not on disk yet. Decides nothing. */
export class LiveRows {
  readonly reported = new Map<string, LiveRow>();
  readonly desired = new Map<string, Numbered<DesiredRow>>();
  readonly #key: DeviceKey;
  readonly #uid: string;
  readonly #onChange: () => void;
  #rev = 0;
  #state: Numbered<StateReport>;
  #acceptance: Numbered<Acceptance> | undefined;
  #pending: PendingChange | undefined;
  /** Seen again since they were written. */
  readonly #renewed = new Set<string>();

  /** `onChange`: something waits for a commit; said once per commit. */
  constructor({ key, uid, state, onChange }: LiveRowsParts) {
    this.#key = key;
    this.#uid = uid;
    this.#state = { row: state, rev: 0 };
    this.#onChange = onChange;
  }

  get state(): StateReport {
    return this.#state.row;
  }

  get acceptance(): Acceptance | undefined {
    return this.#acceptance?.row;
  }

  /** Takes over what is on disk. */
  restore(rows: TwinRows): void {
    this.#rev = rows.rev;
    for (const [name, row] of rows.reported) this.reported.set(name, { ...row, nextAt: 0 });
    for (const [name, row] of rows.desired) this.desired.set(name, row);
    this.#acceptance = rows.acceptance;
    this.#state = rows.state ?? this.#state;
  }

  /** Forgets with the next commit what another device left on disk under this key. */
  replaceOnDisk(): void {
    this.#touch().replaces = true;
  }

  /** Without `told` the row alone is written, and nobody hears of it at the edge. */
  putReported(name: string, row: LiveRow, told?: Reported): void {
    const pending = this.#touch();
    if (!pending.reportedOnDisk.has(name)) pending.reportedOnDisk.set(name, this.reported.get(name));
    pending.reported.add(name);
    if (told) pending.toldReported.set(name, told);
    this.reported.set(name, row);
  }

  /** The same value, seen again: worth no write of its own. */
  renew(name: string, row: LiveRow): void {
    this.#renewed.add(name);
    this.reported.set(name, row);
  }

  /** Has written when values were seen last. */
  saveRenewed(): void {
    for (const name of this.#renewed) {
      const row = this.reported.get(name);
      if (row !== undefined) this.putReported(name, row);
    }
    this.#renewed.clear();
  }

  putDesired(name: string, row: DesiredRow, rev: number): void {
    const pending = this.#touch();
    if (!pending.desiredOnDisk.has(name)) pending.desiredOnDisk.set(name, this.desired.get(name));
    pending.desired.add(name);
    this.desired.set(name, { row, rev });
  }

  putState(row: StateReport, { isNews }: { readonly isNews: boolean }): void {
    const pending = this.#touch();
    pending.stateOnDisk ??= this.#state.row;
    this.#state = { row, rev: isNews ? this.nextRev() : this.#state.rev };
  }

  putAcceptance(row: Acceptance): void {
    this.#touch().acceptanceChanged = true;
    this.#acceptance = { row, rev: this.nextRev() };
  }

  tellDesired(property: string, told: readonly Desired[]): void {
    for (const desired of told) this.#touch().toldDesired.push({ property, desired });
  }

  requestDesired(property: string): void {
    this.#touch().requested.add(property);
  }

  isRequestPending(property: string): boolean {
    return this.#pending?.requested.has(property) ?? false;
  }

  remove(name: string): void {
    const pending = this.#touch();
    pending.removed.add(name);
    pending.toldReported.delete(name);
    this.reported.delete(name);
    this.desired.delete(name);
  }

  /** The revision of what becomes news now: one per commit. */
  nextRev(): number {
    const pending = this.#touch();
    if (pending.rev === undefined) {
      this.#rev += 1;
      pending.rev = this.#rev;
    }
    return pending.rev;
  }

  whenCommitted(resolve: () => void): void {
    this.#touch().waiting.push(resolve);
  }

  /** The rows to write, as they are now. */
  change(): TwinChange {
    const pending = this.#pending ?? new PendingChange();
    return {
      key: this.#key,
      uid: this.#uid,
      rev: this.#rev,
      replaces: pending.replaces,
      ...(pending.stateOnDisk ? { state: this.#state } : {}),
      ...(pending.acceptanceChanged && this.#acceptance ? { acceptance: this.#acceptance } : {}),
      reported: pick(this.reported, pending.reported),
      desired: pick(this.desired, pending.desired),
      removed: [...pending.removed],
    };
  }

  /** What `change` gave last is on disk now. */
  committed(): Committed {
    const pending = this.#pending ?? new PendingChange();
    this.#pending = undefined;
    return {
      requested: pending.requested,
      waiting: pending.waiting,
      changed: {
        key: this.#key,
        uid: this.#uid,
        rev: this.#rev,
        reported: [...pending.toldReported].map(([property, reported]) => ({ property, reported })),
        desired: pending.toldDesired,
        ...(pending.stateOnDisk ? { state: this.#state.row } : {}),
      },
    };
  }

  /** What is on disk of these properties: nothing else may be shown, since a crash would take it back. */
  shown(names: Iterable<string>): Shown {
    const { reportedOnDisk, desiredOnDisk, stateOnDisk } = this.#pending ?? new PendingChange();
    const properties: Record<string, TwinProperty> = Object.create(null);
    for (const name of names) {
      const { reported } = (reportedOnDisk.has(name) ? reportedOnDisk.get(name) : this.reported.get(name)) ?? {};
      const { row } = (desiredOnDisk.has(name) ? desiredOnDisk.get(name) : this.desired.get(name)) ?? {};
      const desired = row?.withdrawn === false ? row.desired : undefined;
      properties[name] = { ...(reported ? { reported } : {}), ...(desired ? { desired } : {}) };
    }
    return { properties, state: stateOnDisk ?? this.#state.row };
  }

  #touch(): PendingChange {
    if (this.#pending === undefined) {
      this.#pending = new PendingChange();
      this.#onChange();
    }
    return this.#pending;
  }
}

interface LiveRowsParts {
  readonly key: DeviceKey;
  readonly uid: string;
  /** Until something is restored or put. */
  readonly state: StateReport;
  readonly onChange: () => void;
}

function pick<T>(all: ReadonlyMap<string, T>, names: ReadonlySet<string>): Map<string, T> {
  const picked = new Map<string, T>();
  for (const name of names) {
    const row = all.get(name);
    if (row !== undefined) picked.set(name, row);
  }
  return picked;
}
