import { createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Session } from "../../../src/mappers/driver.ts";
import { modbus } from "../../../src/mappers/modbus/index.ts";
import { noise } from "../../../src/mappers/modbus/simulator/pump.ts";
import { isFault } from "../../../src/shared/kit/fault.ts";
import type { ModbusDevice } from "../../../src/shared/model/modbusDialect.ts";
import {
  exception,
  FaultyModbusServer,
  type Misbehaviour,
  type ModbusRequest,
  misbehaviours,
} from "../../support/faultyModbusServer.ts";
import { quietLog } from "../../support/quietLog.ts";

const { signal } = new AbortController();
const at = (address: number, more: object = {}) =>
  modbus.point.parse({ table: "holding", address, rawType: "uint16", ...more });

let server: FaultyModbusServer;
let sessions: Session<unknown, unknown>[];
let device: ModbusDevice;
beforeEach(async () => {
  server = await new FaultyModbusServer().start();
  for (let address = 0; address < 200; address++) server.registers.set(address, 1000 + address);
  sessions = [];
  device = modbus.device.parse({ url: `tcp://127.0.0.1:${server.port}`, timeoutMs: 5000 });
});
afterEach(async () => {
  for (const session of sessions) await session.close();
  await server.stop();
});

/** The next requests are given up after a moment; `patiently` again after that, so that a slow machine fails no test. */
const hastily = () => {
  device = modbus.device.parse({ url: `tcp://127.0.0.1:${server.port}`, timeoutMs: 150 });
};
const patiently = () => {
  device = modbus.device.parse({ url: `tcp://127.0.0.1:${server.port}`, timeoutMs: 60_000 });
};

async function open(): Promise<Session<unknown, unknown>> {
  const session = await modbus.open(device, { log: quietLog, signal });
  sessions.push(session);
  return session;
}
const valuesOf = async (session: Session<unknown, unknown>, ...addresses: number[]) =>
  (
    await session.read(
      device,
      addresses.map((address) => at(address)),
      signal,
    )
  ).map((sample) => (isFault(sample) ? sample.details["reason"] : sample.value));

describe("what a partner gets wrong in a read is a link fault, ends the connection, and never a value", () => {
  test.each([
    ["silent", "link.timeout"],
    ["wrongTransaction", "link.timeout"],
    ["wrongUnit", "link.confused"],
    ["wrongFunction", "link.confused"],
    ["tooShort", "link.confused"],
    ["tooLong", "link.confused"],
    ["byteCountTooHigh", "link.confused"],
    ["byteCountTooLow", "link.confused"],
    ["hugeLengthField", "link.timeout"],
    ["garbage", "link.timeout"],
    ["finMidFrame", "link.closed"],
    ["reset", "link.closed"],
    ["resetMidFrame", "link.closed"],
    ["exceptionOfAnotherUnit", "link.confused"],
  ] as const)("%s: %s", async (fault, code) => {
    const session = await open();
    server.next(misbehaviours[fault]);
    if (code === "link.timeout") hastily();
    await expect(valuesOf(session, 10)).rejects.toMatchObject({ code });
    patiently();
    expect(session.isOpen).toBe(false);
    await expect(valuesOf(session, 11)).rejects.toMatchObject({ code: "link.closed" });
    expect(await valuesOf(await open(), 11)).toEqual([1011n]);
  });
});

describe("what a partner gets wrong in a write is a link fault, and never taken for done", () => {
  test.each(["silent", "wrongEcho", "wrongTransaction", "reset", "finMidFrame"] as const)("%s", async (fault) => {
    const session = await open();
    hastily();
    server.next(misbehaviours[fault]);
    await expect(session.write(device, at(10), 5n, signal)).rejects.toSatisfy((error) => isFault(error, "link"));
    server.next(misbehaviours[fault]);
    const wide = at(10, { rawType: "float32" });
    await expect((await open()).write(device, wide, 5, signal)).rejects.toSatisfy((error) => isFault(error, "link"));
  });
});

describe("exceptions", () => {
  test.each([
    [1, "IllegalFunction"],
    [2, "IllegalDataAddress"],
    [4, "DeviceFailure"],
    [6, "DeviceBusy"],
    [99, "ModbusException"],
  ])("exception %i is a refusal, %s, and the line stays", async (code, reason) => {
    const session = await open();
    server.next(exception(code));
    expect(await valuesOf(session, 10)).toEqual([reason]);
    expect(await valuesOf(session, 10)).toEqual([1010n]);
  });

  test.each([
    [10, "GatewayPathUnavailable"],
    [11, "GatewayTargetNoResponse"],
  ])("exception %i of a gateway says that the device is away, not the line", async (code, reason) => {
    const session = await open();
    server.next(exception(code));
    await expect(valuesOf(session, 10)).rejects.toMatchObject({ code: "link.unreachable", details: { reason } });
    expect(session.isOpen).toBe(true);
    expect(await valuesOf(session, 10)).toEqual([1010n]);
  });

  test("one refused register in a long block costs no other, and is read alone from then on", async () => {
    server.registers.delete(50);
    const session = await open();
    const addresses = Array.from({ length: 100 }, (_, address) => address);
    const points = addresses.map((address) => at(address));
    const expected = addresses.map((address) => (address === 50 ? "IllegalDataAddress" : BigInt(1000 + address)));
    const read = async () =>
      (await session.read(device, points, signal)).map((sample) =>
        isFault(sample) ? sample.details["reason"] : sample.value,
      );
    expect(await read()).toEqual(expected);
    const first = server.requests.length;
    expect(first).toBeLessThan(20);
    expect(await read()).toEqual(expected);
    expect(server.requests.length - first).toBe(3);
  });

  test("a device that takes short reads only is read in shorter ones", async () => {
    server.otherwise = (request, answer) => {
      if (request.pdu.readUInt16BE(3) > 16) exception(3)(request, answer);
      else request.socket.write(answer);
    };
    const session = await open();
    const points = Array.from({ length: 100 }, (_, address) => at(address));
    for (let time = 0; time < 2; time++) {
      const samples = await session.read(device, points, signal);
      expect(samples).toEqual(points.map((_, address) => ({ value: BigInt(1000 + address) })));
    }
  });

  test("a device that acknowledges a write and needs longer has taken it", async () => {
    const session = await open();
    server.next(exception(5));
    await session.write(device, at(10), 5n, signal);
    expect(session.isOpen).toBe(true);
  });

  test("a device that writes several registers only is written so", async () => {
    server.otherwise = (request, answer) => {
      if (request.pdu[0] === 6) exception(1)(request, answer);
      else request.socket.write(answer);
    };
    const session = await open();
    await session.write(device, at(10), 5n, signal);
    await session.write(device, at(10), 6n, signal);
    expect(server.registers.get(10)).toBe(6);
    expect(server.requests.map(({ pdu }) => pdu[0])).toEqual([6, 16, 16]);
  });
});

describe("modbus-serial's known faults (reference: dependencies, section 0)", () => {
  test("400 reads at once: one in flight, and every one gets its own value", async () => {
    let unanswered = 0;
    let most = 0;
    server.otherwise = ({ socket }, answer) => {
      unanswered += 1;
      most = Math.max(most, unanswered);
      setImmediate(() => {
        unanswered -= 1;
        socket.write(answer);
      });
    };
    const session = await open();
    const reads = Array.from({ length: 400 }, (_, index) => valuesOf(session, index % 200));
    expect(await Promise.all(reads)).toEqual(reads.map((_, index) => [BigInt(1000 + (index % 200))]));
    expect(most).toBe(1);
  });

  test("an answer that comes after its timeout never answers the next request", async () => {
    const late: { request: ModbusRequest; answer: Buffer }[] = [];
    server.next((request, answer) => void late.push({ request, answer }));
    const session = await open();
    hastily();
    await expect(valuesOf(session, 10)).rejects.toMatchObject({ code: "link.timeout" });
    patiently();
    server.next(({ socket }, answer) => {
      for (const { request, answer } of late) request.socket.write(answer);
      socket.write(answer);
    });
    expect(await valuesOf(await open(), 77)).toEqual([1077n]);
  });

  test("an answer that comes twice is taken once", async () => {
    const session = await open();
    server.next(({ socket }, answer) => void socket.write(Buffer.concat([answer, answer])));
    expect(await valuesOf(session, 10)).toEqual([1010n]);
    expect(await valuesOf(session, 11)).toEqual([1011n]);
  });

  test.each(["reset", "finMidFrame"] as const)(
    "a connection that ends (%s) rejects what waits, long before a timeout",
    async (fault) => {
      patiently();
      const session = await open();
      server.next(misbehaviours[fault]);
      await expect(valuesOf(session, 10)).rejects.toMatchObject({ code: "link.closed" });
      expect(session.isOpen).toBe(false);
    },
  );

  test("a connection that is reset while nobody asks is known to be closed", async () => {
    const session = await open();
    await valuesOf(session, 10);
    await server.stop();
    await expect.poll(() => session.isOpen).toBe(false);
  });

  test("closing does not wait for a partner that never closes its side", async () => {
    const sockets: Socket[] = [];
    const stubborn = createServer({ allowHalfOpen: true }, (socket) => sockets.push(socket.on("error", () => {})));
    await new Promise<void>((resolve) => stubborn.listen(0, "127.0.0.1", resolve));
    const { port } = stubborn.address() as { port: number };
    const session = await modbus.open(modbus.device.parse({ ip: "127.0.0.1", port }), { log: quietLog, signal });
    await session.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => stubborn.close(resolve));
  });

  test("20 reconnections leave one connection", async () => {
    for (let time = 0; time < 20; time++) {
      server.next(misbehaviours.wrongUnit);
      await expect(valuesOf(await open(), 1)).rejects.toMatchObject({ code: "link.confused" });
    }
    await valuesOf(await open(), 1);
    expect(server.accepted).toBe(21);
    await expect.poll(() => server.open).toBe(1);
  });
});

describe("opening", () => {
  test("a refused connection says so", async () => {
    await server.stop();
    await expect(open()).rejects.toMatchObject({ code: "link.unreachable", details: { reason: "ConnectionRefused" } });
  });

  test("an abort ends an opening under way", async () => {
    const stop = new AbortController();
    const opening = modbus.open(device, { log: quietLog, signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(opening).rejects.toThrow("enough");
    await expect.poll(() => server.open).toBe(0);
  });
});

test("under 500 reads with all faults at random, no value is ever another one's", async () => {
  const random = noise(7);
  const { wrongEcho: _liesWithinAValue, ...faults } = misbehaviours;
  const choices: readonly Misbehaviour[] = [...Object.values(faults), exception(2), exception(4), exception(6)];
  const late: (() => void)[] = [];
  server.otherwise = (request, answer) => {
    for (const send of late.splice(0)) send();
    if (random() > -0.4) request.socket.write(answer);
    else if (random() > 0.5) late.push(() => void request.socket.write(answer));
    else choices[Math.floor(((random() + 1) / 2) * choices.length)]?.(request, answer);
  };
  for (const unit of [1, 2, 3]) server.bias.set(unit, unit * 1000);
  let session = await open();
  let right = 0;
  for (let read = 0; read < 500; read++) {
    const unitId = 1 + (read % 3);
    const address = (read * 7) % 190;
    if (!session.isOpen) session = await open();
    try {
      const where = { ...device, unitId, timeoutMs: 15 };
      const samples = await session.read(where, [at(address), at(address + 3)], signal);
      for (const [index, sample] of samples.entries()) {
        if (isFault(sample, "device")) continue;
        expect(sample).toEqual({ value: BigInt((unitId + 1) * 1000 + address + index * 3) });
        right += 1;
      }
    } catch (error) {
      expect(isFault(error, "link")).toBe(true);
    }
  }
  expect(right).toBeGreaterThan(0);
});
