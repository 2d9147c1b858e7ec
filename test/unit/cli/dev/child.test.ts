import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Child } from "../../../../src/cli/dev/child.ts";

let dir: string;
let notes: string[];
let child: Child | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "edgeloom-child-"));
  notes = [];
});
afterEach(async () => {
  await child?.stop(1000);
  rmSync(dir, { recursive: true, force: true });
});

/** A part whose program is these lines. */
function part(program: string): Child {
  const entry = join(dir, "part.mjs");
  writeFileSync(entry, program);
  child = new Child({
    name: "part",
    entry,
    args: [],
    env: process.env,
    dataDir: dir,
    signal: new AbortController().signal,
    note: (text) => notes.push(text),
    onServing: () => {},
  });
  return child;
}

const serve = `process.send({ kind: "ready", facts: {} }); setInterval(() => {}, 1000);`;

describe("a part of dev", () => {
  it.skipIf(process.platform !== "linux")("runs on when the disk does not take its log, and says so once", async () => {
    mkdirSync(join(dir, "part"));
    symlinkSync("/dev/full", join(dir, "part", "part.log"));
    const written = join(dir, "written");
    const loud = `import { writeFileSync } from "node:fs"; let lines = 0;
      setInterval(() => { console.log("a line"); writeFileSync(${JSON.stringify(written)}, String(++lines)); }, 20);`;
    await part(`${loud} ${serve}`).start();
    await vi.waitUntil(() => existsSync(written) && Number(readFileSync(written, "utf8")) > 5);
    expect(notes).toEqual([expect.stringMatching(/^cannot write .*part\.log: ENOSPC.* lost meanwhile$/)]);
  });

  it("that does not start rejects with its own last line", async () => {
    const words = "edgeloom: port 1 is taken";
    await expect(part(`console.error(${JSON.stringify(words)}); process.exit(2);`).start()).rejects.toMatchObject({
      code: "config.invalid",
      message: "port 1 is taken",
    });
  });

  it("is started again after it ended, with its reason, and a reason that stays is said once", async () => {
    const sign = JSON.stringify(join(dir, "once"));
    await part(`
      import { existsSync, readFileSync, writeFileSync } from "node:fs";
      const starts = existsSync(${sign}) ? Number(readFileSync(${sign}, "utf8")) : 0;
      writeFileSync(${sign}, String(starts + 1));
      const fail = () => { console.error("edgeloom: no room"); process.exit(1); };
      if (starts === 0) { process.send({ kind: "ready", facts: {} }); setTimeout(fail, 20); }
      else if (starts < 3) fail();
      else { ${serve} }
    `).start();
    await vi.waitUntil(() => notes.at(-1) === "part serves again", { timeout: 20_000 });
    expect(notes).toEqual([
      "part ended (no room); starting it again in 1 s",
      "part did not start (no room); trying again each second",
      "part serves again",
    ]);
  });
});
