import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { FrameLink, LINK_TIMING } from "../../../../src/shared/kit/frameLink.ts";
import { settled, TestClock } from "../../../support/testClock.ts";

/** A WebSocket whose network a test is. */
class HandSocket extends EventEmitter {
  readonly sent: string[] = [];
  readonly goodbyes: [number, string][] = [];
  pings = 0;
  /** Completes the last send. */
  flush: (error?: Error) => void = () => {};

  send(text: string, done: (error?: Error) => void): void {
    this.sent.push(text);
    this.flush = done;
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number, reason: string): void {
    this.goodbyes.push([code, reason]);
    this.emit("close", code, Buffer.from(reason));
  }

  terminate(): void {
    this.emit("close", 1006, Buffer.alloc(0));
  }
}

function open({ frames = [], onFrame = () => {} }: { frames?: string[]; onFrame?: (text?: string) => void } = {}) {
  const [socket, clock, network] = [new HandSocket(), new TestClock(), { bytes: 0 }];
  const link = new FrameLink({
    ...{ socket, clock, timing: LINK_TIMING, bytesRead: () => network.bytes, next: () => frames.shift(), onFrame },
  });
  return { socket, clock, network, link, frames, end: link.run() };
}

it("a silent link is found within 25 s, and pinged meanwhile", async () => {
  const { clock, end, socket } = open();
  await clock.advance(25_000);
  expect(await end).toMatchObject({ by: "silence", reason: "nothing heard for 20000 ms" });
  expect(socket.pings).toBe(2);
});

it("bytes keep a link alive, though no frame is complete", async () => {
  const { clock, end, network, link } = open();
  for (let second = 0; second < 120; second += 4) {
    network.bytes += 1;
    await clock.advance(4000);
  }
  link.close(1001, "bye");
  expect(await end).toEqual({ by: "us", reason: "bye" });
});

it("who takes no bytes for 20 s does not read", async () => {
  const { clock, end, network } = open({ frames: ["a"] });
  for (let second = 0; second < 28; second += 4) {
    network.bytes += 1;
    await clock.advance(4000);
  }
  expect(await end).toMatchObject({ by: "silence", reason: "the other end does not read" });
});

it("the next frame is made when the last has left", async () => {
  const { socket, frames, link } = open({ frames: ["a", "b"] });
  await settled();
  expect([socket.sent, frames]).toEqual([["a"], ["b"]]);
  link.wake();
  socket.flush();
  await settled();
  expect(socket.sent).toEqual(["a", "b"]);
  socket.flush();
  await settled();
  frames.push("c");
  link.wake();
  await settled();
  expect(socket.sent).toEqual(["a", "b", "c"]);
});

it("a handler that throws ends the link, and its error comes out", async () => {
  const { socket, end } = open({
    onFrame: () => {
      throw new Error("a bug");
    },
  });
  socket.emit("message", Buffer.from("{}"), false);
  await expect(end).rejects.toThrow("a bug");
});

it("a binary message is told as such, a text as its text", () => {
  const got: (string | undefined)[] = [];
  const { socket } = open({ onFrame: (text) => got.push(text) });
  socket.emit("message", Buffer.from("text"), false);
  socket.emit("message", Buffer.from("binary"), true);
  expect(got).toEqual(["text", undefined]);
});

it("a goodbye fits into a control frame, and is cut between characters", async () => {
  const { socket, link } = open();
  link.close(1008, "ä".repeat(100));
  expect(socket.goodbyes).toEqual([[1008, "ä".repeat(61)]]);
});

it("a link that ends says who ended it", async () => {
  const lost = open();
  lost.socket.emit("close", 1006, Buffer.alloc(0));
  expect(await lost.end).toEqual({ by: "them", reason: "the connection was lost" });
  const told = open();
  told.socket.emit("close", 1001, Buffer.from("stopping"));
  expect(await told.end).toEqual({ by: "them", reason: "closed by the other end: stopping (1001)" });
  const broken = open();
  broken.socket.emit("error", new Error("Max payload size exceeded"));
  broken.socket.emit("close", 1009, Buffer.alloc(0));
  expect(await broken.end).toEqual({ by: "them", reason: "Max payload size exceeded" });
});
