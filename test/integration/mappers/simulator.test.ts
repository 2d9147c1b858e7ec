import { connect as connectTcp } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runModbusSimulator } from "../../../src/mappers/commands/sim.ts";
import { modbus } from "../../../src/mappers/modbus/index.ts";
import { Pump } from "../../../src/mappers/modbus/simulator/pump.ts";
import {
  MIRROR_ADDRESS,
  PUMP_REGISTERS,
  type PumpRegister,
  type PumpRegisterName,
  pumpPoint,
} from "../../../src/mappers/modbus/simulator/registerMap.ts";
import { isFault } from "../../../src/shared/kit/fault.ts";
import { quietLog } from "../../support/quietLog.ts";

const { signal } = new AbortController();
let stop: AbortController;
let running: Promise<void>;
let url: string;
beforeEach(async () => {
  stop = new AbortController();
  url = await new Promise<string>((resolve) => {
    const options = { host: "127.0.0.1", port: 0, seed: 1 };
    running = runModbusSimulator(options, {
      log: quietLog,
      signal: stop.signal,
      onReady: (facts) => resolve(facts.modbus),
    });
  });
});
afterEach(async () => {
  stop.abort();
  await running;
});

async function withUnit<T>(
  unitId: number,
  work: (parts: {
    read: (...names: PumpRegisterName[]) => Promise<unknown[]>;
    write: (name: PumpRegisterName, value: bigint | number | boolean | string) => Promise<void>;
  }) => Promise<T>,
): Promise<T> {
  const device = modbus.device.parse({ url, unitId });
  const session = await modbus.open(device, { log: quietLog, signal });
  const point = (name: PumpRegisterName) => pumpPoint(PUMP_REGISTERS[name]);
  try {
    return await work({
      read: async (...names) => {
        const samples = await session.read(device, names.map(point), signal);
        return samples.map((sample) => (isFault(sample) ? sample.details["reason"] : sample.value));
      },
      write: (name, value) => session.write(device, point(name), value, signal),
    });
  } finally {
    await session.close();
  }
}

describe("the simulated pump", () => {
  test("shows every register of its map", async () => {
    const names = Object.keys(PUMP_REGISTERS) as PumpRegisterName[];
    const values = await withUnit(1, ({ read }) => read(...names));
    expect(values.every((value) => value !== undefined)).toBe(true);
    const shown = Object.fromEntries(names.map((name, index) => [name, values[index]]));
    expect(shown).toMatchObject({ run: true, running: true, alarm: false, tag: "PUMP-001", speedSetpoint: 1480n });
    expect(Number(shown["temperature"])).toBeGreaterThan(20);
    expect(Number(shown["temperature"])).toBeLessThan(90);
  });

  test("shows its input registers as holding registers, too", async () => {
    const device = modbus.device.parse({ url });
    const session = await modbus.open(device, { log: quietLog, signal });
    const starts = { ...pumpPoint(PUMP_REGISTERS.starts), table: "holding" as const };
    const samples = await session.read(device, [{ ...starts, address: starts.address + MIRROR_ADDRESS }], signal);
    expect(samples).toEqual([{ value: 1n }]);
    await session.close();
  });

  test("takes what may be written, and refuses the rest with the right exception", async () => {
    await withUnit(2, async ({ read, write }) => {
      await write("speedSetpoint", 900n);
      await write("pressureTrim", 0.5);
      await write("tag", "P-101 Süd");
      await write("run", false);
      expect(await read("speedSetpoint", "pressureTrim", "tag", "run")).toEqual([900n, 0.5, "P-101 Süd", false]);
      await expect(write("speedSetpoint", 3001n)).rejects.toMatchObject({ details: { reason: "IllegalDataValue" } });
      expect(await read("speedSetpoint")).toEqual([900n]);
    });
    await withUnit(1, async ({ read }) => expect(await read("tag")).toEqual(["PUMP-001"]));
  });

  test("refuses addresses it does not have, and units behind it that are not there", async () => {
    const device = modbus.device.parse({ url });
    const session = await modbus.open(device, { log: quietLog, signal });
    const nowhere = modbus.point.parse({ table: "holding", address: 50 });
    const [sample] = await session.read(device, [nowhere], signal);
    expect(sample).toMatchObject({ details: { reason: "IllegalDataAddress" } });
    await expect(session.read(modbus.device.parse({ url, unitId: 77 }), [nowhere], signal)).rejects.toMatchObject({
      details: { reason: "GatewayTargetNoResponse" },
    });
    await session.close();
  });

  test("ends a connection that does not speak Modbus, and serves on", async () => {
    const socket = connectTcp(Number(new URL(url).port), "127.0.0.1");
    const ended = new Promise((resolve) => socket.on("error", () => {}).on("close", resolve));
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await ended;
    expect(await withUnit(1, ({ read }) => read("starts"))).toEqual([1n]);
  });
});

describe("the model of the pump", () => {
  const hour = 36_000;
  const pumpAt = (steps: number, act: (pump: Pump) => void = () => {}) => {
    const pump = new Pump({ seed: 3, unit: 1, startMs: 0 });
    act(pump);
    for (let step = 1; step <= steps; step++) pump.advanceTo(step * 100);
    return pump.values();
  };

  test("is the same for the same seed, and moves", () => {
    expect(pumpAt(100)).toEqual(pumpAt(100));
    expect(pumpAt(101)).not.toEqual(pumpAt(100));
  });

  test("follows its setpoint within seconds, stops on command, and counts starts", () => {
    expect(Number(pumpAt(100, (pump) => pump.write("speedSetpoint", 600n)).speed)).toBeCloseTo(600, -2);
    expect(pumpAt(200, (pump) => pump.write("run", false))).toMatchObject({ speed: 0, running: false });
    const again = pumpAt(1, (pump) => {
      pump.write("run", false);
      pump.write("run", true);
    });
    expect(again.starts).toBe(2);
  });

  test("trips above its temperature limit until somebody resets it", () => {
    const tripped = pumpAt(200, (pump) => pump.write("temperatureLimit", 20));
    expect(tripped).toMatchObject({ alarm: true, running: false });
  });

  test("stays within what its registers can show, for an hour at full speed", () => {
    const values = pumpAt(hour, (pump) => pump.write("speedSetpoint", 3000n));
    for (const [name, register] of Object.entries(PUMP_REGISTERS) as [PumpRegisterName, PumpRegister][]) {
      expect(() => modbus.nearest({ ...pumpPoint(register), table: "holding" }, values[name]), name).not.toThrow();
    }
  });
});
