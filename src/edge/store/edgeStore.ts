import type { Logger } from "../../shared/kit/logger.ts";
import type { Clock } from "../../shared/kit/time.ts";
import type { BootTime } from "../bootTime.ts";
import { openDatabase } from "./database.ts";
import { GroupCommit } from "./groupCommit.ts";
import { MetaStore } from "./metaStore.ts";
import { Outbox } from "./outbox.ts";
import { TwinStore } from "./twinStore.ts";

interface EdgeStoreParts {
  readonly dataDir: string;
  readonly boot: BootTime;
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Logger;
  /** The store is damaged, or a bug: the edge has to end. */
  readonly onFatal: (error: unknown) => void;
}

export interface EdgeStore {
  readonly commits: GroupCommit;
  readonly twins: TwinStore;
  readonly meta: MetaStore;
  readonly outbox: Outbox;
  /** Writes what is waiting and gives up the lock. Throws `state.storeFull` if that cannot be written. */
  close(): void;
}

/** Opens the edge's one database and what stands on it. Throws as `openDatabase`. */
export function openEdgeStore({ dataDir, boot, clock, log, onFatal }: EdgeStoreParts): EdgeStore {
  const { sql, path, storeId } = openDatabase(dataDir);
  // Left by a crash between the removal of a device and that of its twin.
  sql.transaction(() => {
    for (const table of ["reported", "desired", "device"]) {
      sql.exec(`DELETE FROM ${table} WHERE key NOT IN (SELECT key FROM assignment)`);
    }
  })();
  const commits = new GroupCommit({ sql, path, log, onFatal, clock });
  const meta = new MetaStore(sql, boot);
  return {
    commits,
    meta,
    twins: new TwinStore(sql),
    outbox: new Outbox({ sql, storeId, specs: meta }),
    close() {
      try {
        commits.close();
      } finally {
        sql.close();
      }
    },
  };
}
