import type { ModbusPoint } from "../../../shared/model/modbusDialect.ts";
import type { ModbusTable } from "../../../shared/model/modbusKeys.ts";
import type { Value } from "../../../shared/model/value.ts";
import { decode, encode } from "../codec.ts";
import { type Bank, ModbusException } from "./pdu.ts";
import { Pump } from "./pump.ts";
import { MIRROR_ADDRESS, PUMP_REGISTERS, type PumpRegister, type PumpRegisterName, pumpPoint } from "./registerMap.ts";

interface Place {
  readonly name: PumpRegisterName;
  readonly register: PumpRegister;
  readonly point: ModbusPoint;
}

const PLACES: readonly Place[] = Object.entries(PUMP_REGISTERS).flatMap(([name, register]: [string, PumpRegister]) => {
  const place = { name: name as PumpRegisterName, register, point: pumpPoint(register) };
  if (register.table !== "input") return [place];
  const mirror = { ...place.point, table: "holding" as const, address: register.address + MIRROR_ADDRESS };
  return [place, { ...place, point: mirror }];
});

/** The registers of some pumps, unit 1 to `units`. */
export class PumpBank implements Bank {
  readonly #pumps = new Map<number, Pump>();
  readonly #now: () => number;

  constructor({ units, seed, now }: { units: number; seed: number; now: () => number }) {
    this.#now = now;
    for (let unit = 1; unit <= units; unit++) this.#pumps.set(unit, new Pump({ seed, unit, startMs: now() }));
  }

  read(unit: number, table: ModbusTable, address: number, count: number): readonly number[] {
    const values = this.#pump(unit).values();
    const words: (number | undefined)[] = new Array(count).fill(undefined);
    for (const place of placesIn(table, address, count)) {
      const stored = encode(values[place.name], place.point);
      for (const [index, word] of stored.entries()) words[place.point.address + index - address] = word;
    }
    return words.slice(0, count).map((word) => {
      if (word === undefined) throw new ModbusException(2);
      return word;
    });
  }

  write(unit: number, table: ModbusTable, address: number, words: readonly number[]): void {
    const pump = this.#pump(unit);
    const values = pump.values();
    const places = placesIn(table, address, words.length);
    const covered = places.reduce((sum, { point }) => sum + overlap(point, address, words.length), 0);
    if (covered !== words.length || places.some(({ register }) => register.writable === undefined)) {
      throw new ModbusException(2);
    }
    // All are checked before any is written.
    const writes = places.map((place) => ({ place, value: merged(place, values[place.name], address, words) }));
    for (const { place, value } of writes) pump.write(place.name, value);
  }

  #pump(unit: number): Pump {
    const pump = this.#pumps.get(unit);
    if (pump === undefined) throw new ModbusException(11);
    pump.advanceTo(this.#now());
    return pump;
  }
}

const overlap = (point: ModbusPoint, address: number, count: number): number =>
  Math.max(0, Math.min(point.address + point.count, address + count) - Math.max(point.address, address));

const placesIn = (table: ModbusTable, address: number, count: number): readonly Place[] =>
  PLACES.filter(({ point }) => point.table === table && overlap(point, address, count) > 0);

/** The value after a write that may cover some of its registers only; exception 3 outside its range. */
function merged({ register, point }: Place, before: Value, address: number, words: readonly number[]): Value {
  const stored = [...encode(before, point)];
  for (let index = 0; index < point.count; index++) {
    const word = words[point.address + index - address];
    if (word !== undefined) stored[index] = word;
  }
  const value = decode(stored, point);
  if (Array.isArray(register.writable) && !isWithin(value, register.writable as readonly [number, number])) {
    throw new ModbusException(3);
  }
  return value;
}

const isWithin = (value: Value, [least, greatest]: readonly [number, number]): boolean =>
  Number(value) >= least && Number(value) <= greatest;
