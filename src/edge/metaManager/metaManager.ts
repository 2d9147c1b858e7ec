import type { Bus } from "../../shared/kit/bus.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import type { DeviceKey, DeviceSpec } from "../../shared/model/device.ts";
import type { Assignment } from "../../shared/wire/syncFrames.ts";
import type { EdgeEvents } from "../events.ts";
import { FormerUids } from "./formerUids.ts";

/** What MetaManager needs of the disk; edge/store has it. */
interface AssignmentStore {
  all(): readonly Assignment[];
  former(): Map<DeviceKey, string[]>;
  save(assignment: Assignment): void;
  /** Forgets the assignment, and remembers that the device had the key. */
  remove(key: DeviceKey, uid: string): void;
}

interface Commits {
  add(write: { apply(): void; tell(): void }): void;
}

interface MetaManagerParts {
  readonly bus: Bus<EdgeEvents>;
  readonly store: AssignmentStore;
  readonly commits: Commits;
  readonly log: Logger;
}

/**
 * The hub's last word on each device, on disk before anybody acts on it. Started after its listeners, it tells them
 * what is on disk, so that the edge runs without a cloud.
 */
export class MetaManager implements Service {
  readonly name = "metaManager";
  readonly #parts: MetaManagerParts;
  readonly #stopped = new AbortController();
  /** The newest of each device, on disk or on its way there. */
  readonly #specs = new Map<DeviceKey, DeviceSpec>();
  #former = new FormerUids(new Map());

  constructor(parts: MetaManagerParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { bus, store, log } = this.#parts;
    const { signal } = this.#stopped;
    bus.on("assignment.received", ({ assignment }) => this.#receive(assignment), signal);
    bus.on("assignment.withdrawn", ({ key, uid }) => this.#withdraw(key, uid), signal);
    this.#former = new FormerUids(store.former());
    const assignments = store.all();
    for (const assignment of assignments) {
      this.#specs.set(assignment.spec.key, assignment.spec);
      bus.emit("device.assigned", { assignment, fresh: true });
    }
    log.info("devices known from disk", { devices: assignments.length });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
  }

  #receive(assignment: Assignment): void {
    const { bus, store, commits, log } = this.#parts;
    const { spec, digest } = assignment;
    const { key, uid } = spec;
    const before = this.#specs.get(key);
    if (!this.#former.mayCome(key, uid, before?.uid)) {
      log.warn("assignment of a former device refused", { device: key, uid, current: before?.uid });
      return;
    }
    if (before !== undefined && before.uid !== uid) this.#withdraw(key, before.uid);
    this.#specs.set(key, spec);
    const fresh = before?.uid !== uid || JSON.stringify(before) !== JSON.stringify(spec);
    commits.add({
      apply: () => store.save(assignment),
      tell: () => {
        bus.emit("device.assigned", { assignment, fresh });
        bus.emit("assignment.stored", { key, uid, digest });
      },
    });
  }

  #withdraw(key: DeviceKey, uid: string): void {
    const { bus, store, commits } = this.#parts;
    const spec = this.#specs.get(key);
    if (spec?.uid !== uid) return;
    this.#specs.delete(key);
    this.#former.hasLeft(key, uid);
    commits.add({
      apply: () => store.remove(key, uid),
      tell: () => bus.emit("device.removed", { key, uid, spec }),
    });
  }
}
