import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assignment, change, EdgeRig, good, KEY, UID } from "../../support/edgeRig.ts";

let rig: EdgeRig;
beforeEach(async () => {
  rig = new EdgeRig();
  await rig.start();
});
afterEach(async () => {
  expect(rig.fatal).toEqual([]);
  await rig.end();
});

const state = () => rig.twins.twin(KEY)?.state;
const second = { key: "default/second", uid: "uid-9" } as const;

describe("a mapper", () => {
  it("is started for the first device of its protocol, and gets everything when it is ready", async () => {
    expect(rig.mappers.lives).toEqual([]);
    await rig.assign(assignment({}, { desired: [change(1, "50")] }));
    await rig.assign(assignment(second, { digest: "d2" }));
    const { lives, last } = rig.mappers;
    expect(lives.map(({ protocol, told }) => [protocol, told])).toEqual([["modbus", []]]);
    last.ready();
    expect(last.take("devices").flatMap(({ devices }) => devices.map(({ key }) => key))).toEqual([KEY, second.key]);
    const order = { spec: 1, local: 0 };
    expect(last.take("write")).toEqual([
      { kind: "write", key: KEY, uid: UID, property: "speed", order, value: "50", verifyOnly: false },
    ]);
  });

  it("has its word taken: acceptance, values, state and progress", async () => {
    await rig.assign(assignment({}, { desired: [change(1, "50")] }));
    const mapper = rig.mappers.last;
    mapper.ready();
    const of = { key: KEY, uid: UID } as const;
    mapper.say({ kind: "acceptance", ...of, accepted: true, reason: "Accepted", message: "" });
    mapper.say({ kind: "state", ...of, state: "online", reason: "", message: "", at: 5 });
    mapper.say({ kind: "reported", ...of, at: 6, readings: [good("50")] });
    const order = { spec: 1, local: 0 };
    mapper.say({ kind: "progress", ...of, property: "speed", order, state: "verified", reason: "", message: "" });
    await rig.quiet();
    expect(rig.store.outbox.statusSince(KEY, 0)).toMatchObject({
      acceptance: { accepted: true, reason: "Accepted" },
      state: { state: "online" },
      reported: [{ value: "50", quality: "good" }],
      desired: [{ state: "verified" }],
    });
  });

  it("hears of changes as they come, and of a written one that it is to be verified alone", async () => {
    await rig.assign(assignment());
    rig.mappers.last.ready();
    await rig.assign(assignment({}, { digest: "d2", desired: [change(1, "50")] }));
    expect(rig.mappers.last.take("write")).toMatchObject([{ value: "50", verifyOnly: false }]);
    await rig.progress("written", 1);
    rig.mappers.last.die("ended with code 1");
    await rig.clock.advance(500);
    rig.mappers.last.ready();
    expect(rig.mappers.last.take("write")).toMatchObject([{ value: "50", verifyOnly: true }]);
  });

  it("that dies makes its own devices unhealthy, and is started again with growing delays", async () => {
    await rig.assign(assignment());
    await rig.assign(assignment({ ...second, protocol: { name: "acme", config: {} } }));
    rig.mappers.last.ready();
    await rig.report(good("7"));
    rig.mappers.last.die("ended by SIGSEGV");
    await rig.clock.advance(0);
    await rig.quiet();
    expect(state()).toMatchObject({ state: "unhealthy", reason: "MapperCrashed", message: "ended by SIGSEGV" });
    expect(rig.speed()?.reported).toMatchObject({ value: "7", quality: "stale", reason: "MapperCrashed" });
    expect(rig.twins.twin(second.key)?.state).toMatchObject({ state: "unknown" });
    for (const delayMs of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      const lives = rig.mappers.lives.length;
      await rig.clock.advance(delayMs - 1);
      expect(rig.mappers.lives).toHaveLength(lives);
      await rig.clock.advance(1);
      expect(rig.mappers.lives).toHaveLength(lives + 1);
      rig.mappers.last.die("ended with code 1");
      await rig.clock.advance(0);
    }
    expect(rig.logged.filter(({ message }) => message === "mapper is down")).toHaveLength(1);
    await rig.clock.advance(30_000);
    rig.mappers.last.ready();
    expect(rig.mappers.last.take("devices")).toMatchObject([{ devices: [{ key: KEY }] }]);
    rig.mappers.last.say({ kind: "state", key: KEY, uid: UID, state: "online", reason: "", message: "", at: 9 });
    await rig.quiet();
    expect(state()).toMatchObject({ state: "online" });
  });

  it("that never gets ready is ended and started again", async () => {
    await rig.assign(assignment());
    const [first] = rig.mappers.lives;
    await rig.clock.advance(30_000);
    await rig.quiet();
    expect(first?.isClosed).toBe(true);
    expect(state()).toMatchObject({ state: "unhealthy", message: "not ready within 30000 ms" });
    await rig.clock.advance(500);
    expect(rig.mappers.lives).toHaveLength(2);
  });

  it("that talks nonsense is not believed, and it is counted", async () => {
    await rig.assign(assignment());
    rig.mappers.last.ready();
    const at = { at: 1, readings: [good("666")] };
    for (const nonsense of [
      undefined,
      "x",
      {},
      { kind: "reported", key: "pump", uid: UID, ...at },
      { kind: "reboot" },
    ]) {
      rig.mappers.last.babble(nonsense);
    }
    rig.mappers.last.say({ kind: "reported", key: KEY, uid: "uid-0", ...at });
    rig.mappers.last.say({ kind: "reported", ...second, ...at });
    await rig.quiet();
    expect(rig.speed()?.reported?.value).toBeUndefined();
    expect(await rig.registry.metrics()).toContain('edgeloom_mapper_messages_refused_total{reason="malformed"} 5');
  });

  it("shows its lines as metrics", async () => {
    await rig.assign(assignment());
    rig.mappers.last.ready();
    const line = { line: "tcp://a:1", open: true, devices: 3, requests: 40, failures: 1, cycles: 9, missedCycles: 2 };
    rig.mappers.last.say({ kind: "stats", lines: [{ ...line, utilisation: 0.5 }] });
    const metrics = await rig.registry.metrics();
    expect(metrics).toContain('edgeloom_mapper_line_requests_total{protocol="modbus",line="tcp://a:1"} 40');
    expect(metrics).toContain('edgeloom_mapper_line_utilisation{protocol="modbus",line="tcp://a:1"} 0.5');
  });

  it("is ended when its last device goes, and waited for before the next one starts", async () => {
    await rig.assign(assignment());
    const first = rig.mappers.last;
    first.ready();
    rig.bus.emit("assignment.withdrawn", { key: KEY, uid: UID });
    await rig.quiet();
    expect(first.take("forget")).toEqual([{ kind: "forget", keys: [KEY] }]);
    expect(first.isClosed).toBe(true);
    await rig.assign(assignment());
    expect(rig.mappers.lives).toHaveLength(2);
  });
});

describe("a device that no mapper of ours serves", () => {
  const external = [
    ["of an unknown protocol", { name: "acme", config: { ip: "10.0.0.1" } }],
    ["without an address", { name: "Modbus", config: { slaveID: 1 } }],
  ] as const;
  it.each(external)("%s is accepted, and unknown until somebody reports", async (_, { name, config }) => {
    await rig.assign(assignment({ protocol: { name, config } }));
    expect(rig.mappers.lives).toEqual([]);
    expect(rig.take("device.judged")).toMatchObject([{ acceptance: { accepted: true, reason: "ExternalMapper" } }]);
    expect(state()).toMatchObject({ state: "unknown" });
    rig.bus.emit("twin.reported", { key: KEY, at: 5, readings: [good("7")] });
    await rig.quiet();
    expect(state()).toMatchObject({ state: "online" });
  });

  it("because the configuration says so is left alone", async () => {
    await rig.stop();
    await rig.start(["modbus-tcp"]);
    await rig.assign(assignment());
    expect(rig.mappers.lives).toEqual([]);
  });

  it("and is paused is unknown for that reason", async () => {
    await rig.assign(assignment({ protocol: { name: "acme", config: {} }, paused: true }));
    expect(state()).toMatchObject({ state: "unknown", reason: "Paused" });
  });
});
