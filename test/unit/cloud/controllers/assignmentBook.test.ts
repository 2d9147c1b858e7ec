import { beforeEach, expect, test } from "vitest";
import { AssignmentBook, type BookedDesired } from "../../../../src/cloud/controllers/assignmentBook.ts";
import { type DesiredRecord, EMPTY_RECORD, type StatusRecord } from "../../../../src/cloud/controllers/statusRecord.ts";
import type { CloudEvents } from "../../../../src/cloud/events.ts";
import { Bus } from "../../../../src/shared/kit/bus.ts";
import type { DeviceSpec } from "../../../../src/shared/model/device.ts";
import { TestClock } from "../../../support/testClock.ts";

const spec: DeviceSpec = {
  key: "ns/d",
  uid: "u",
  protocol: { name: "modbus", config: { a: 1, b: 2 } },
  properties: [],
  methods: [],
  paused: false,
  reportState: true,
};

let clock: TestClock;
let told: string[];
let record: StatusRecord;
let book: AssignmentBook;

beforeEach(() => {
  clock = new TestClock();
  told = [];
  record = EMPTY_RECORD;
  const bus = new Bus<CloudEvents>(() => {});
  bus.on("assignment.changed", ({ node, key }) => told.push(`${node} ${key}`), new AbortController().signal);
  book = new AssignmentBook({ bus, clock, recordOf: () => record });
});

const wish = (version: number, ttlMs?: number): BookedDesired => ({
  property: "s",
  value: "42",
  numbered: { version, digest: "d", requestedAt: clock.now(), ttlMs },
});
const knows = (over: Partial<DesiredRecord>): StatusRecord => ({
  ...EMPTY_RECORD,
  desired: {
    s: {
      value: "42",
      order: { spec: 1, local: 0 },
      origin: "spec",
      requestedAt: 0,
      state: "requested",
      reason: "",
      message: "",
      diverged: false,
      ...over,
    },
  },
});
const change = () => book.get("a", "ns/d")?.desired[0];

test("what says the same is told once, in whatever order its keys come", () => {
  book.put("a", spec, []);
  book.put("a", { ...spec, protocol: { name: "modbus", config: { b: 2, a: 1 } } }, []);
  book.put("a", { ...spec, paused: true }, []);
  expect(told).toEqual(["a ns/d", "a ns/d"]);
});

test("a new number is another digest, how far it has come is not", () => {
  book.put("a", spec, [wish(1)]);
  const first = book.get("a", "ns/d")?.digest;
  record = knows({ state: "verified" });
  expect(book.get("a", "ns/d")?.digest).toBe(first);
  book.put("a", spec, [wish(2)]);
  expect(book.get("a", "ns/d")?.digest).not.toBe(first);
});

test("a device that moves is taken from the one and given to the other", () => {
  book.put("a", spec, []);
  book.put("b", spec, []);
  expect(told).toEqual(["a ns/d", "a ns/d", "b ns/d"]);
  expect([book.of("a"), book.get("a", "ns/d")]).toEqual([[], undefined]);
  expect(book.of("b").map(({ spec: { key } }) => key)).toEqual(["ns/d"]);
  book.remove("ns/d");
  expect([book.of("b"), book.has("ns/d")]).toEqual([[], false]);
});

test("a change is sent with where it stands, and superseded by a set at the edge", () => {
  book.put("a", spec, [wish(1)]);
  expect(change()).toMatchObject({ spec: 1, state: "requested", reason: "" });
  record = knows({ state: "mismatch", reason: "Rounded" });
  expect(change()).toMatchObject({ state: "mismatch", reason: "Rounded" });
  record = knows({ order: { spec: 1, local: 1 }, state: "verified" });
  expect(change()).toMatchObject({ spec: 1, state: "superseded" });
});

test("time to live is what is left when it is asked for, and then the change has expired", async () => {
  book.put("a", spec, [wish(1, 5000)]);
  await clock.advance(2000);
  expect(change()).toMatchObject({ state: "requested", ttlLeftMs: 3000 });
  await clock.advance(3000);
  expect(change()).toMatchObject({ state: "expired", reason: "Expired" });
  record = knows({ state: "verified" });
  expect(change()?.state).toBe("verified");
});
