import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, it } from "vitest";
import { openDatabase } from "../../../src/edge/store/database.ts";
import { TwinStore } from "../../../src/edge/store/twinStore.ts";
import { KEY } from "../../support/edgeRig.ts";

const ROUNDS = 20;
const WRITER = new URL("../../support/twinWriter.ts", import.meta.url).pathname;

const dataDir = mkdtempSync(join(tmpdir(), "edgeloom-killed-"));
afterAll(() => rmSync(dataDir, { recursive: true }));

/** Lets the writer confirm some numbers, kills it in the middle of its work, and gives the last number it confirmed. */
async function killWhileWriting(from: number, confirmations: number): Promise<number> {
  const child = spawn(process.execPath, ["--import", "tsx", WRITER, dataDir, `${from}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let confirmed = from;
  for await (const line of createInterface(child.stdout)) {
    confirmed = Number(line);
    if (confirmed === from + confirmations) child.kill("SIGKILL");
  }
  await exited;
  return confirmed;
}

function onDisk() {
  const { sql } = openDatabase(dataDir);
  try {
    const twin = new TwinStore(sql).load(KEY);
    const reported = twin?.reported.get("speed")?.reported;
    const desired = twin?.desired.get("setpoint")?.row.desired;
    return {
      speed: Number(reported?.value),
      version: reported?.version ?? 0,
      setpoint: Number(desired?.value),
      order: desired?.order.local ?? 0,
      rev: twin?.rev ?? 0,
    };
  } finally {
    sql.close();
  }
}

it(`what was confirmed is there after kill -9, ${ROUNDS} times`, { timeout: 120_000 }, async () => {
  let before = { speed: 0, version: 0, setpoint: 0, order: 0, rev: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const confirmed = await killWhileWriting(Math.max(before.speed, before.setpoint), 1 + ((round * 37) % 200));
    const after = onDisk();
    expect(after.speed).toBeGreaterThanOrEqual(confirmed);
    expect(after.setpoint).toBeGreaterThanOrEqual(confirmed);
    expect(after.version).toBeGreaterThan(before.version);
    expect(after.order).toBeGreaterThan(before.order);
    expect(after.rev).toBeGreaterThan(before.rev);
    before = after;
  }
});
