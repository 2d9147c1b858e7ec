import { afterEach, expect, test } from "vitest";
import { type Outcome, WorkQueue } from "../../../../src/cloud/controllers/workQueue.ts";
import { Fault } from "../../../../src/shared/kit/fault.ts";
import { TestClock } from "../../../support/testClock.ts";

const clock = new TestClock();
let queue: WorkQueue<string> | undefined;
const failures: string[] = [];

async function start(reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>, concurrency = 2) {
  failures.length = 0;
  queue = new WorkQueue({
    name: "test",
    reconcile,
    concurrency,
    clock,
    random: () => 0,
    onFailed: ({ key, retryMs }) => failures.push(`${key} ${retryMs}`),
  });
  await queue.start();
  return queue;
}

afterEach(async () => await queue?.stop());

test("a key that is added many times before it runs, runs once", async () => {
  const ran: string[] = [];
  const work = await start(async (key) => {
    ran.push(key);
    return {};
  });
  for (let time = 0; time < 100; time++) work.add("a");
  work.add("b");
  await clock.advance(0);
  expect(ran).toEqual(["a", "b"]);
});

test("a key never runs twice at a time, and what comes while it runs makes it run once more", async () => {
  const finish: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const work = await start(async () => {
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => finish.push(resolve));
    running--;
    return {};
  });
  work.add("a");
  await clock.advance(0);
  work.add("a");
  work.add("a");
  await clock.advance(0);
  expect(finish).toHaveLength(1);
  finish[0]?.();
  await clock.advance(0);
  expect(finish).toHaveLength(2);
  finish[1]?.();
  await clock.advance(0);
  expect(finish).toHaveLength(2);
  expect(most).toBe(1);
});

test("no more run at a time than are allowed", async () => {
  const finish: (() => void)[] = [];
  const work = await start(async () => {
    await new Promise<void>((resolve) => finish.push(resolve));
    return {};
  }, 2);
  for (const key of ["a", "b", "c"]) work.add(key);
  await clock.advance(0);
  expect([finish.length, work.depth]).toEqual([2, 1]);
  finish[0]?.();
  await clock.advance(0);
  expect(finish).toHaveLength(3);
  for (const end of finish) end();
});

test("each key waits for its own failures, twice as long each time, and a success forgets them", async () => {
  let fails = 3;
  const at: number[] = [];
  const work = await start(async (key) => {
    if (key !== "bad") return {};
    at.push(clock.monotonic());
    if (fails-- > 0) throw new Error("no");
    return {};
  });
  const begun = clock.monotonic();
  work.add("bad");
  await clock.advance(2000);
  expect(at.map((time) => time - begun)).toEqual([0, 200, 600, 1400]);
  fails = 1;
  work.add("bad");
  await clock.advance(0);
  expect(failures.at(-1)).toBe("bad 200");
});

test("new work for a key cuts its wait short", async () => {
  let runs = 0;
  const work = await start(async () => {
    runs++;
    throw new Error("no");
  });
  work.add("a");
  await clock.advance(100);
  work.add("a");
  await clock.advance(0);
  expect(runs).toBe(2);
});

test("a reconcile can ask to be called again later", async () => {
  const at: number[] = [];
  const work = await start(async () => {
    at.push(clock.monotonic());
    return at.length === 1 ? { requeueAfterMs: 5000 } : {};
  });
  const begun = clock.monotonic();
  work.add("a");
  await clock.advance(20_000);
  expect(at.map((time) => time - begun)).toEqual([0, 5000]);
});

test("a stop waits for what runs, and tells it by the signal", async () => {
  let ended = false;
  const work = await start(async (_key, signal) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    ended = true;
    return {};
  });
  work.add("a");
  await clock.advance(0);
  await work.stop();
  expect(ended).toBe(true);
});

test("a key waits longer each time, but for who is away no more than seconds", async () => {
  const away = new Fault("link.unreachable", "down");
  const work = await start(async (key) => {
    throw key === "away" ? away : new Error("no");
  });
  work.add("away");
  work.add("bad");
  await clock.advance(120_000);
  const waits = (key: string) =>
    failures.filter((each) => each.startsWith(key)).map((each) => Number(each.split(" ")[1]));
  expect(Math.max(...waits("bad"))).toBe(60_000);
  expect(Math.max(...waits("away"))).toBe(5000);
});
