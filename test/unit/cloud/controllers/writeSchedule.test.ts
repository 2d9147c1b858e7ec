import { expect, test } from "vitest";
import { WriteSchedule } from "../../../../src/cloud/controllers/writeSchedule.ts";

const schedule = (perSecond = 200, maxTaken = 1000) =>
  new WriteSchedule<string>({ limits: { perDevicePerSecond: 1, perSecond }, maxTaken });
const calm = { urgent: false };

test("after silence a key goes at once, then once a second", () => {
  const writes = schedule();
  writes.add("a", calm);
  expect(writes.take(5000)).toBe("a");
  writes.done("a");
  writes.add("a", calm);
  expect(writes.take(5999)).toBeUndefined();
  expect(writes.nextAt()).toBe(6000);
  expect(writes.take(6000)).toBe("a");
});

test("all together keep to their limit in any second", () => {
  const writes = schedule(3);
  for (const key of ["a", "b", "c", "d", "e"]) writes.add(key, calm);
  expect([0, 400, 800].map((now) => writes.take(now))).toEqual(["a", "b", "c"]);
  expect([writes.take(999), writes.nextAt()]).toEqual([undefined, 1000]);
  expect(writes.take(1000)).toBe("d");
  expect([writes.take(1399), writes.take(1400)]).toEqual([undefined, "e"]);
});

test("who was written least recently goes first", () => {
  const writes = schedule();
  for (const [key, now] of [
    ["a", 0],
    ["b", 100],
    ["c", 50],
  ] as const) {
    writes.add(key, calm);
    expect(writes.take(now)).toBe(key);
    writes.done(key);
  }
  for (const key of ["b", "c", "a"]) writes.add(key, calm);
  expect([1, 2, 3].map(() => writes.take(5000))).toEqual(["a", "c", "b"]);
});

test("what is urgent goes before all else and does not wait for its own second", () => {
  const writes = schedule();
  writes.add("a", calm);
  writes.take(0);
  writes.done("a");
  writes.add("b", calm);
  writes.add("a", { urgent: true });
  expect([writes.take(10), writes.take(10)]).toEqual(["a", "b"]);
});

test("a key is never taken twice at a time, nor more keys than allowed", () => {
  const writes = schedule(200, 1);
  writes.add("a", { urgent: true });
  expect(writes.take(0)).toBe("a");
  writes.add("a", { urgent: true });
  writes.add("b", calm);
  expect([writes.take(10), writes.nextAt()]).toEqual([undefined, Number.POSITIVE_INFINITY]);
  writes.done("a");
  expect(writes.take(10)).toBe("a");
});

test("a retry waits at least as long as it was told, also when more news comes", () => {
  const writes = schedule();
  writes.add("a", { urgent: false, notBefore: 7000 });
  writes.add("a", calm);
  expect([writes.take(6999), writes.take(7000)]).toEqual([undefined, "a"]);
});

test("a key that is forgotten is not written", () => {
  const writes = schedule();
  writes.add("a", calm);
  writes.forget("a");
  expect([writes.take(0), writes.depth]).toEqual([undefined, 0]);
});
