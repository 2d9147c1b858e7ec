import { afterEach, beforeEach, expect, it } from "vitest";
import { DueQueue } from "../../../../src/edge/deviceTwin/dueQueue.ts";
import { TestClock } from "../../../support/testClock.ts";

let clock: TestClock;
let life: AbortController;
let called: string[];
let queue: DueQueue<string>;
beforeEach(() => {
  clock = new TestClock();
  life = new AbortController();
  called = [];
  const onDue = (id: string) => called.push(`${id} ${clock.monotonic()}`);
  queue = new DueQueue<string>({ clock, signal: life.signal, onDue });
});
afterEach(() => life.abort());

it("calls when something is due, not before, and once", async () => {
  queue.set("b", 5000);
  queue.set("a", 1000);
  await clock.advance(999);
  expect(called).toEqual([]);
  await clock.advance(10_000);
  expect(called).toEqual(["a 1000", "b 5000"]);
});

it("joins what is due at nearly the same time", async () => {
  for (let at = 1000; at < 1100; at += 10) queue.set(`${at}`, at);
  await clock.advance(2000);
  expect(new Set(called.map((call) => call.split(" ")[1])).size).toBeLessThanOrEqual(3);
  expect(called).toHaveLength(10);
});

it("forgets what was deleted, and goes by the last time that was set", async () => {
  queue.set("a", 1000);
  queue.set("b", 1000);
  queue.delete("a");
  queue.set("b", 3000);
  await clock.advance(2000);
  expect(called).toEqual([]);
  await clock.advance(1000);
  expect(called).toEqual(["b 3000"]);
});

it("ends with its signal", async () => {
  queue.set("a", 1000);
  life.abort();
  await clock.advance(5000);
  expect(called).toEqual([]);
});

it("lasts longer than a timer can", async () => {
  const month = 30 * 86_400_000;
  queue.set("a", month);
  await clock.advance(month - 1);
  expect(called).toEqual([]);
  await clock.advance(60);
  expect(called).toHaveLength(1);
});
