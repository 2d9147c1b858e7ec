import type { Database } from "better-sqlite3";
import { type Fault, reactionTo } from "../../shared/kit/fault.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import type { Clock } from "../../shared/kit/time.ts";
import { storeFault } from "./database.ts";

/** One share of a commit. */
export interface Write {
  /** Runs SQL; once more with each retry, so it reads what it writes at the time it is called. */
  apply(): void;
  /** On disk: settle promises, take the change off the list. Nothing is told to others yet. */
  committed?(): void;
  /** Tells others. Runs after every promise of the same commit has been seen by who awaits it. */
  tell?(): void;
}

interface GroupCommitParts {
  readonly sql: Database;
  readonly path: string;
  readonly log: Logger;
  /** Called with what cannot be survived: a damaged database, or a bug. */
  readonly onFatal: (error: unknown) => void;
  readonly clock: Pick<Clock, "monotonic">;
}

const RETRY_MS = { first: 100, max: 5000 } as const;
/** More than these go into further commits, so that the start of ten thousand devices does not hold up the rest. */
const MAX_WRITES = 500;
/** Commits shorter than this follow each other at once. */
const QUICK_MS = 2;

/**
 * The one writer. What a turn of the event loop wants written becomes one transaction with one fsync; where that takes
 * long (SD cards), the next one waits as long again, so that writing never takes more than half of the time and each
 * commit carries more. A full disk loses nothing: the same writes are tried again until they succeed.
 */
export class GroupCommit {
  readonly #parts: GroupCommitParts;
  #waiting: Write[] = [];
  #untold: Write[] = [];
  #unschedule: (() => void) | undefined;
  /** Monotonic: no commit before. */
  #notBefore = 0;
  #retryMs = 0;
  #failing: Fault | undefined;
  #closed = false;

  constructor(parts: GroupCommitParts) {
    this.#parts = parts;
  }

  /** Set while the disk refuses writes; what is given to `add` meanwhile waits. */
  get failing(): Fault | undefined {
    return this.#failing;
  }

  add(write: Write): void {
    if (this.#closed) return;
    this.#waiting.push(write);
    this.#schedule();
  }

  /** Resolves when it is on disk. */
  run(apply: () => void): Promise<void> {
    return new Promise((resolve) => this.add({ apply, committed: resolve }));
  }

  /** Resolves when everything given so far is on disk. */
  settled(): Promise<void> {
    return this.#waiting.length === 0 ? Promise.resolve() : this.run(() => {});
  }

  /** Writes what is left, now. After that nothing is taken any more. Throws `state.storeFull` if it cannot. */
  close(): void {
    this.#closed = true;
    this.#unschedule?.();
    while (this.#waiting.length > 0) {
      this.#commit();
      if (this.#failing !== undefined) break;
    }
    this.#tell();
    if (this.#failing !== undefined) throw this.#failing;
  }

  #schedule(): void {
    if (this.#unschedule !== undefined) return;
    const commit = () => {
      this.#unschedule = undefined;
      this.#commit();
    };
    const pauseMs = this.#notBefore - this.#parts.clock.monotonic();
    if (pauseMs > 0) {
      const timeout = setTimeout(commit, pauseMs);
      this.#unschedule = () => clearTimeout(timeout);
    } else {
      const immediate = setImmediate(commit);
      this.#unschedule = () => clearImmediate(immediate);
    }
  }

  #commit(): void {
    const writes = this.#waiting.slice(0, MAX_WRITES);
    const { clock } = this.#parts;
    const began = clock.monotonic();
    try {
      this.#transact(writes);
    } catch (error) {
      this.#onError(error);
      return;
    }
    const ended = clock.monotonic();
    const tookMs = ended - began;
    this.#notBefore = tookMs < QUICK_MS ? ended : ended + tookMs;
    this.#waiting = this.#waiting.slice(writes.length);
    this.#recovered();
    if (this.#waiting.length > 0 && !this.#closed) this.#schedule();
    for (const write of writes) write.committed?.();
    this.#untold.push(...writes.filter((write) => write.tell !== undefined));
    // A turn later, so that whoever awaited one of these writes hears of it before the events that follow from it.
    setImmediate(() => this.#tell());
  }

  #tell(): void {
    const writes = this.#untold;
    this.#untold = [];
    for (const write of writes) write.tell?.();
  }

  #transact(writes: readonly Write[]): void {
    const { sql } = this.#parts;
    sql.exec("BEGIN IMMEDIATE");
    try {
      for (const write of writes) write.apply();
      sql.exec("COMMIT");
    } catch (error) {
      // SQLite itself has rolled back after some of the errors, a full disk among them.
      if (sql.inTransaction) sql.exec("ROLLBACK");
      throw error;
    }
  }

  #onError(error: unknown): void {
    const { path, log, onFatal, clock } = this.#parts;
    const fault = storeFault(error, path);
    if (fault === undefined || reactionTo(fault) !== "reread") {
      this.#closed = true;
      this.#waiting = [];
      onFatal(fault ?? error);
      return;
    }
    if (this.#failing === undefined) log.error("store cannot be written", { fault });
    this.#failing = fault;
    this.#retryMs = Math.min(Math.max(this.#retryMs * 2, RETRY_MS.first), RETRY_MS.max);
    this.#notBefore = clock.monotonic() + this.#retryMs;
    if (!this.#closed) this.#schedule();
  }

  #recovered(): void {
    if (this.#failing === undefined) return;
    this.#failing = undefined;
    this.#retryMs = 0;
    this.#parts.log.info("store can be written again");
  }
}
