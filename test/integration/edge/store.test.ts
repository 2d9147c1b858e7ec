import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../../src/edge/store/database.ts";
import { GroupCommit } from "../../../src/edge/store/groupCommit.ts";
import { SCHEMA_VERSION } from "../../../src/edge/store/migrations.ts";
import { isFault } from "../../../src/shared/kit/fault.ts";
import { systemClock } from "../../../src/shared/kit/time.ts";
import { assignment, EdgeRig, good } from "../../support/edgeRig.ts";

let rig: EdgeRig;
beforeEach(() => {
  rig = new EdgeRig();
});
afterEach(() => rig.end());

const file = () => join(rig.dataDir, "edge.db");
function faultOf(action: () => unknown) {
  try {
    action();
  } catch (error) {
    if (isFault(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return undefined;
}

describe("opening the database", () => {
  it("gives a new store an id that it keeps", () => {
    const first = openDatabase(rig.dataDir);
    first.sql.close();
    const again = openDatabase(rig.dataDir);
    again.sql.close();
    expect(again.storeId).toBe(first.storeId);
    expect(first.storeId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("is refused while another edge has the directory, and possible once it has gone", () => {
    const first = openDatabase(rig.dataDir);
    const fault = faultOf(() => openDatabase(rig.dataDir));
    expect(fault?.code).toBe("config.dataDir");
    expect(fault?.message).toContain(`${file()} is in use by another process`);
    first.sql.close();
    openDatabase(rig.dataDir).sql.close();
  });

  const damages: [title: string, damage: (bytes: Buffer) => Buffer][] = [
    ["is no database at all", () => Buffer.from("hello ".repeat(1000))],
    [
      "has a page overwritten",
      (bytes) => Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 7)]),
    ],
    ["was cut short", (bytes) => bytes.subarray(0, 5000)],
    [
      "has a few wrong bytes in a page",
      (bytes) => Buffer.concat([bytes.subarray(0, 4100), Buffer.alloc(3000, 7), bytes.subarray(7100)]),
    ],
  ];
  it.each(damages)("says what to do when the file %s, and leaves it alone", async (_, damage) => {
    await rig.start();
    await rig.assign(assignment());
    await rig.report(good("7"));
    await rig.stop();
    const damaged = damage(readFileSync(file()));
    writeFileSync(file(), damaged);
    const fault = faultOf(() => openDatabase(rig.dataDir));
    expect(fault?.code).toBe("config.corruptStore");
    expect(fault?.message).toContain(file());
    expect(fault?.message).toContain("move it aside");
    expect(fault?.message).not.toContain("\n");
    expect(readFileSync(file()).equals(damaged)).toBe(true);
  });

  it("leaves a newer version's database alone", () => {
    openDatabase(rig.dataDir).sql.close();
    const sql = new Sqlite(file());
    sql.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    sql.close();
    expect(faultOf(() => openDatabase(rig.dataDir))?.code).toBe("config.newerStore");
  });

  it("names a directory that cannot be made", () => {
    writeFileSync(join(rig.dataDir, "taken"), "");
    const fault = faultOf(() => openDatabase(join(rig.dataDir, "taken", "data")));
    expect(fault?.code).toBe("config.dataDir");
    expect(fault?.message).toContain("set another dataDir");
  });

  it.skipIf(process.getuid?.() === 0)("names a directory that cannot be written", () => {
    const locked = join(rig.dataDir, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    expect(faultOf(() => openDatabase(locked))?.code).toBe("config.dataDir");
    expect(existsSync(join(locked, "edge.db"))).toBe(false);
  });
});

describe("a full disk", () => {
  it("loses nothing, is said once, and what waited is written when there is room", async () => {
    const { sql, path } = openDatabase(rig.dataDir);
    sql.exec("CREATE TABLE blob (id INTEGER PRIMARY KEY, bytes BLOB)");
    const fatal: unknown[] = [];
    const onFatal = (error: unknown) => fatal.push(error);
    const commits = new GroupCommit({ sql, path, log: rig.log, clock: systemClock, onFatal });
    const insert = sql.prepare("INSERT INTO blob VALUES (?, ?)");
    sql.pragma(`max_page_count = ${Number(sql.pragma("page_count", { simple: true })) + 20}`);
    const done: number[] = [];
    const writes = Array.from({ length: 10 }, async (_, id) => {
      await commits.run(() => insert.run(id, Buffer.alloc(50_000)));
      done.push(id);
    });
    while (commits.failing === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(commits.failing).toMatchObject({ code: "state.storeFull" });
    expect(commits.failing.message).toContain("make room on the disk");
    expect(done).toEqual([]);
    sql.pragma("max_page_count = 100000");
    await Promise.all(writes);
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(sql.prepare("SELECT count(*) FROM blob").pluck().get()).toBe(10);
    expect(commits.failing).toBeUndefined();
    expect(rig.logged.map(({ message }) => message)).toEqual(["store cannot be written", "store can be written again"]);
    expect(fatal).toEqual([]);
    commits.close();
    sql.close();
  });
});

describe("a group commit", () => {
  it("tells of its writes in their order, after those who waited have heard", async () => {
    const { sql, path } = openDatabase(rig.dataDir);
    const onFatal = () => {};
    const commits = new GroupCommit({ sql, path, log: rig.log, clock: systemClock, onFatal });
    const heard: string[] = [];
    commits.add({ apply: () => heard.push("apply 1"), tell: () => heard.push("tell 1") });
    commits.add({
      apply: () => heard.push("apply 2"),
      committed: () => heard.push("committed 2"),
      tell: () => heard.push("tell 2"),
    });
    const awaited = commits.run(() => heard.push("apply 3")).then(() => heard.push("awaited 3"));
    await awaited;
    commits.close();
    expect(heard).toEqual(["apply 1", "apply 2", "apply 3", "committed 2", "awaited 3", "tell 1", "tell 2"]);
    sql.close();
  });

  it("takes no more than some hundred writes at once, in their order, so that others get their turn", async () => {
    const { sql, path } = openDatabase(rig.dataDir);
    const commits = new GroupCommit({ sql, path, log: rig.log, clock: systemClock, onFatal: () => {} });
    const heard: number[] = [];
    for (let write = 0; write < 1200; write++) commits.add({ apply: () => {}, tell: () => heard.push(write) });
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard.length).toBeLessThan(1200);
    commits.close();
    expect(heard).toEqual(Array.from({ length: 1200 }, (_, write) => write));
    sql.close();
  });

  it("writes what is left when it is closed", () => {
    const { sql, path } = openDatabase(rig.dataDir);
    const commits = new GroupCommit({ sql, path, log: rig.log, clock: systemClock, onFatal: () => {} });
    const heard: string[] = [];
    commits.add({ apply: () => heard.push("apply"), tell: () => heard.push("tell") });
    commits.close();
    expect(heard).toEqual(["apply", "tell"]);
    sql.close();
  });

  it("ends with a bug, and writes nothing of its company", async () => {
    const { sql, path } = openDatabase(rig.dataDir);
    const bug = new Error("a bug");
    const died = new Promise((resolve) => {
      const commits = new GroupCommit({ sql, path, log: rig.log, clock: systemClock, onFatal: resolve });
      commits.add({ apply: () => sql.exec("INSERT INTO fact VALUES ('company', '1')") });
      commits.add({
        apply() {
          throw bug;
        },
      });
    });
    expect(await died).toBe(bug);
    expect(sql.prepare("SELECT count(*) FROM fact WHERE name = 'company'").pluck().get()).toBe(0);
    sql.close();
  });
});
