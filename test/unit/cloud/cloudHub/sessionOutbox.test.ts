import { expect, it } from "vitest";
import { SessionOutbox } from "../../../../src/cloud/cloudHub/sessionOutbox.ts";
import { checkHubFrame, type HubFrame } from "../../../../src/shared/wire/syncFrames.ts";
import { assignmentOf, ScriptedBook } from "../../../support/linkScripts.ts";

interface Held {
  readonly key: `${string}/${string}`;
  readonly uid: string;
  readonly digest: string;
}

type HubHello = Extract<HubFrame, { kind: "hub.hello" }>;

function newOutbox(book: ScriptedBook, held: readonly Held[] = [], inCloud: HubHello["held"] = []) {
  const devices = held.map((device) => ({ ...device, rev: 5 }));
  const tooLarge: string[] = [];
  const outbox = new SessionOutbox({
    ...{ node: "a", assignments: book, onTooLarge: (key) => tooLarge.push(key), onAssigned: () => {} },
    hello: { kind: "hub.hello", protocol: 1, version: "t", reconnectCapMs: 1, now: 0, held: inCloud },
    edgeHello: { kind: "edge.hello", protocol: 1, version: "t", store: "s", devices },
  });
  const rest = (): string[] => {
    const told: string[] = [];
    for (let text = outbox.next(); text !== undefined; text = outbox.next())
      told.push(...words(checkHubFrame.text(text)));
    return told;
  };
  return { outbox, rest, tooLarge };
}

function words(frame: HubFrame): string[] {
  switch (frame.kind) {
    case "hub.hello":
    case "synced":
      return [frame.kind];
    case "assign":
      return frame.devices.map(({ spec, digest }) => `assign ${spec.key} ${digest}`);
    case "unassign":
      return frame.devices.map(({ key, uid }) => `unassign ${key} ${uid}`);
    case "statusAck":
      return frame.devices.map(({ key, rev }) => `ack ${key} ${rev}`);
  }
}

it("an edge is told what differs from what it holds, in order, and then that it has all", () => {
  const book = new ScriptedBook();
  book.put("a", assignmentOf("ns/same"), assignmentOf("ns/new"), assignmentOf("ns/changed", "d2"));
  book.put("a", assignmentOf("ns/again", "d1", "second"));
  const { rest } = newOutbox(book, [
    { key: "ns/same", uid: "uid-ns/same", digest: "d1" },
    { key: "ns/changed", uid: "uid-ns/changed", digest: "d1" },
    { key: "ns/again", uid: "first", digest: "d1" },
    { key: "ns/gone", uid: "u", digest: "d1" },
  ]);
  expect(rest()).toEqual([
    "hub.hello",
    "unassign ns/again first",
    "unassign ns/gone u",
    "assign ns/new d1",
    "assign ns/changed d2",
    "assign ns/again d1",
    "synced",
  ]);
});

it("an edge whose disk went back in time is given everything again", () => {
  const book = new ScriptedBook();
  book.put("a", assignmentOf("ns/behind"), assignmentOf("ns/level"), assignmentOf("ns/recreated"));
  const keys = ["ns/behind", "ns/level", "ns/recreated"] as const;
  const inCloud = [
    { key: "ns/behind" as const, uid: "uid-ns/behind", rev: 6 },
    { key: "ns/level" as const, uid: "uid-ns/level", rev: 5 },
    { key: "ns/recreated" as const, uid: "another", rev: 6 },
  ];
  const { rest } = newOutbox(
    book,
    keys.map((key) => ({ key, uid: `uid-${key}`, digest: "d1" })),
    inCloud,
  );
  expect(rest()).toEqual(["hub.hello", "assign ns/behind d1", "synced"]);
});

it("a change that is taken back before it was sent is not sent", () => {
  const book = new ScriptedBook();
  book.put("a", assignmentOf("ns/x"));
  const { outbox, rest } = newOutbox(book, [{ key: "ns/x", uid: "uid-ns/x", digest: "d1" }]);
  rest();
  book.put("a", assignmentOf("ns/x", "d2"));
  outbox.change("ns/x");
  book.put("a", assignmentOf("ns/x", "d1"));
  outbox.change("ns/x");
  expect(rest()).toEqual([]);
});

it("a device that was away from the node for a moment is not taken from its edge", () => {
  const book = new ScriptedBook();
  book.put("a", assignmentOf("ns/x"));
  const { outbox, rest } = newOutbox(book, [{ key: "ns/x", uid: "uid-ns/x", digest: "d1" }]);
  rest();
  book.remove("a", "ns/x");
  outbox.change("ns/x");
  book.put("a", assignmentOf("ns/x", "d2"));
  outbox.change("ns/x");
  expect(rest()).toEqual(["assign ns/x d2"]);
});

it("acknowledgements go first, and only the newest of a device", () => {
  const book = new ScriptedBook();
  book.put("a", assignmentOf("ns/x"));
  const { outbox, rest } = newOutbox(book);
  outbox.acknowledge("ns/y", "u", 1);
  outbox.acknowledge("ns/y", "u", 2);
  expect(rest()).toEqual(["hub.hello", "ack ns/y 2", "assign ns/x d1", "synced"]);
});

it("a device too large for a frame is named, and the others are sent", () => {
  const book = new ScriptedBook();
  book.put("a", assignmentOf("ns/huge", "d1", "u", "x".repeat(1_100_000)), assignmentOf("ns/x"));
  const { rest, tooLarge } = newOutbox(book);
  expect(rest()).toEqual(["hub.hello", "assign ns/x d1", "synced"]);
  expect(tooLarge).toEqual(["ns/huge"]);
});
