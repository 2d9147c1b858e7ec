import { Counter, Registry } from "prom-client";
import { expect, it } from "vitest";
import { Tally } from "../../../src/edge/tally.ts";
import { RecordingLogger } from "../../support/mqttClients.ts";
import { TestClock } from "../../support/testClock.ts";

it("counts everything and logs one line per reason and minute, saying how many it left out", async () => {
  const log = new RecordingLogger();
  const clock = new TestClock();
  const registers = [new Registry()];
  const counter = new Counter({ name: "refused_total", help: "Refused.", labelNames: ["reason"], registers });
  const tally = new Tally({ counter, log, clock, message: "refused" });
  for (let n = 0; n < 1000; n++) tally.count("tooLong", { n });
  tally.count("other");
  await clock.advance(60_000);
  tally.count("tooLong", { n: 1000 });
  expect(log.lines.map(({ message, fields }) => [message, fields])).toEqual([
    ["refused", { reason: "tooLong", n: 0, notLogged: 0 }],
    ["refused", { reason: "other", notLogged: 0 }],
    ["refused", { reason: "tooLong", n: 1000, notLogged: 999 }],
  ]);
  expect((await counter.get()).values.map(({ value }) => value)).toEqual([1001, 1]);
});
