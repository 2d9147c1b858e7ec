import type { Assignments, StatusSink } from "../../src/cloud/cloudHub/assignments.ts";
import type { Holding, OutboxStore } from "../../src/edge/edgeHub/outbox.ts";
import { Fault } from "../../src/shared/kit/fault.ts";
import type { DeviceKey } from "../../src/shared/model/device.ts";
import type { Assignment, DeviceStatusReport } from "../../src/shared/wire/syncFrames.ts";

export function assignmentOf(key: DeviceKey, digest = "d1", uid = `uid-${key}`, padding = ""): Assignment {
  const protocol = { name: "modbus", config: { padding } };
  const spec = { key, uid, protocol, properties: [], methods: [], paused: false, reportState: true };
  return { spec, digest, desired: [], versions: {} };
}

/** What each node should hold, as a test has written it. */
export class ScriptedBook implements Assignments {
  readonly #nodes = new Map<string, Map<DeviceKey, Assignment>>();

  put(node: string, ...assignments: readonly Assignment[]): void {
    const devices = this.#nodes.get(node) ?? new Map<DeviceKey, Assignment>();
    this.#nodes.set(node, devices);
    for (const assignment of assignments) devices.set(assignment.spec.key, assignment);
  }

  remove(node: string, key: DeviceKey): void {
    this.#nodes.get(node)?.delete(key);
  }

  of(node: string): readonly Assignment[] {
    return [...(this.#nodes.get(node)?.values() ?? [])];
  }

  get(node: string, key: DeviceKey): Assignment | undefined {
    return this.#nodes.get(node)?.get(key);
  }
}

/** Stands for the API: keeps the last rev per node, store and device, and every report. */
export class ScriptedSink implements StatusSink {
  readonly reports: { readonly node: string; readonly report: DeviceStatusReport }[] = [];
  readonly #held = new Map<string, { readonly key: DeviceKey; readonly uid: string; readonly rev: number }>();
  readonly #waiting: { readonly reports: number; readonly resolve: () => void }[] = [];
  /** What a write to the API costs. */
  write: (report: DeviceStatusReport) => Promise<void> = async () => {};

  held(node: string, store: string): { key: DeviceKey; uid: string; rev: number }[] {
    return [...this.#held].filter(([id]) => id.startsWith(`${node} ${store} `)).map(([, held]) => held);
  }

  async receive(node: string, store: string, report: DeviceStatusReport): Promise<void> {
    const { key, uid, since, rev } = report;
    this.reports.push({ node, report });
    await this.write(report);
    const held = this.held(node, store).find((device) => device.key === key)?.rev ?? 0;
    if (since > held) throw new Fault("state.stale", `since ${since}, and ${held} is held`);
    this.#held.set(`${node} ${store} ${key}`, { key, uid, rev });
    for (const { reports, resolve } of this.#waiting) if (this.reports.length >= reports) resolve();
  }

  /** As if the API had lost everything. */
  lose(): void {
    this.#held.clear();
  }

  /** Resolves once so many reports have been stored in all. */
  async stored(reports: number): Promise<void> {
    if (this.reports.length >= reports) return;
    await new Promise<void>((resolve) => this.#waiting.push({ reports, resolve }));
  }

  /** The last value of a property that came. */
  value(key: DeviceKey, property: string): string | undefined {
    return this.reports
      .filter(({ report }) => report.key === key)
      .flatMap(({ report }) => report.reported)
      .findLast((reported) => reported.property === property)?.value;
  }
}

interface Row {
  readonly value: string;
  readonly rev: number;
}

/** The edge's store, in memory: assignments with their digests, and property values with their revs. */
export class ScriptedStore implements OutboxStore {
  readonly id: string;
  readonly #devices = new Map<DeviceKey, { uid: string; digest: string; rev: number; rows: Map<string, Row> }>();

  constructor(id: string) {
    this.id = id;
  }

  assign({ spec, digest }: Assignment): void {
    const known = this.#devices.get(spec.key);
    if (known?.uid === spec.uid) known.digest = digest;
    else this.#devices.set(spec.key, { uid: spec.uid, digest, rev: 0, rows: new Map() });
  }

  remove(key: DeviceKey, uid: string): void {
    if (this.#devices.get(key)?.uid === uid) this.#devices.delete(key);
  }

  set(key: DeviceKey, property: string, value: string): { uid: string; rev: number } {
    const device = this.#devices.get(key);
    if (device === undefined) throw new Error(`no device ${key}`);
    device.rev += 1;
    device.rows.set(property, { value, rev: device.rev });
    return device;
  }

  holdings(): Holding[] {
    return [...this.#devices].map(([key, { uid, digest, rev }]) => ({ key, uid, digest, rev }));
  }

  statusSince(key: DeviceKey, since: number): DeviceStatusReport | undefined {
    const device = this.#devices.get(key);
    if (device === undefined || device.rev <= since) return undefined;
    const reported = [...device.rows]
      .filter(([, { rev }]) => rev > since)
      .map(([property, { value, rev }]) => ({
        ...({ property, value, type: "STRING", quality: "good", reason: "", at: 1, version: rev } as const),
      }));
    return { key, uid: device.uid, since, rev: device.rev, reported, desired: [] };
  }
}
