import type { Value } from "../../../shared/model/value.ts";
import type { PumpRegisterName } from "./registerMap.ts";

const STEP_MS = 100;
/** A pump that nobody looked at for longer goes on from where it was, instead of computing the time in between. */
const MAX_STEPS = 600;
const AMBIENT = 21;

/** Between -1 and 1; the same seed gives the same row (mulberry32). */
export function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

/**
 * A pump with a motor: the shaft follows the setpoint within seconds, flow and pressure follow the shaft, the motor
 * warms with its load and cools to the room. Moves in steps of 100 ms whenever it is looked at, so it costs nothing
 * while nobody does, and the same seed, writes and times give the same values.
 */
export class Pump {
  readonly #noise: () => number;
  #time: number;
  #run = true;
  #alarm = false;
  #setpoint = 1480;
  #limit = 90;
  #trim = 0;
  #tag: string;
  #speed = 0;
  #temperature = AMBIENT;
  #jitter = 0;
  #runMs = 0;
  #energy = 0;
  #starts = 1;

  constructor({ seed, unit, startMs }: { seed: number; unit: number; startMs: number }) {
    this.#noise = noise(seed * 1000 + unit);
    this.#time = startMs;
    this.#tag = `PUMP-${String(unit).padStart(3, "0")}`;
    this.#speed = this.#setpoint;
    this.#temperature = AMBIENT + 25 + this.#noise() * 5;
  }

  /** Lets the time pass until `nowMs` (monotonic). */
  advanceTo(nowMs: number): void {
    const steps = Math.floor((nowMs - this.#time) / STEP_MS);
    if (steps <= 0) return;
    this.#time += steps * STEP_MS;
    for (let step = 0; step < Math.min(steps, MAX_STEPS); step++) this.#step();
  }

  /** What the registers show now, in the unit of the map. */
  values(): Readonly<Record<PumpRegisterName, Value>> {
    const turns = this.#speed / 1480;
    return {
      run: this.#run,
      resetAlarm: false,
      running: this.#speed >= 1,
      alarm: this.#alarm,
      speed: Math.round(this.#speed),
      temperature: this.#temperature,
      flow: Math.max(0, 42 * turns + (turns > 0.01 ? this.#jitter * 0.3 : 0)),
      pressure: Math.max(0, 4.2 * turns ** 2 + this.#trim),
      power: Math.round(this.#power()),
      operatingSeconds: Math.floor(this.#runMs / 1000),
      energy: BigInt(Math.floor(this.#energy)),
      starts: this.#starts,
      speedSetpoint: this.#setpoint,
      temperatureLimit: this.#limit,
      pressureTrim: this.#trim,
      tag: this.#tag,
    };
  }

  /** Takes a written value; the register map has already said that it is in range. */
  write(name: PumpRegisterName, value: Value): void {
    if (name === "run") this.#command(value === true);
    else if (name === "resetAlarm") this.#alarm = this.#alarm && value !== true;
    else if (name === "speedSetpoint") this.#setpoint = Number(value);
    else if (name === "temperatureLimit") this.#limit = Number(value);
    else if (name === "pressureTrim") this.#trim = Number(value);
    else if (name === "tag") this.#tag = String(value);
  }

  #command(run: boolean): void {
    if (run && !this.#run) this.#starts = (this.#starts + 1) % 0x1_0000;
    this.#run = run;
  }

  #step(): void {
    this.#jitter = this.#jitter * 0.9 + this.#noise() * 0.1;
    const target = this.#run && !this.#alarm ? this.#setpoint * (1 + this.#jitter * 0.01) : 0;
    this.#speed += (target - this.#speed) * 0.08;
    if (target === 0 && this.#speed < 1) this.#speed = 0;
    const warm = AMBIENT + 28 * (this.#speed / 1480) ** 2;
    this.#temperature += (warm - this.#temperature) * 0.004 + this.#noise() * 0.02;
    if (this.#temperature > this.#limit) this.#alarm = true;
    if (this.#speed >= 1) this.#runMs += STEP_MS;
    this.#energy += (this.#power() * STEP_MS) / 1000;
  }

  #power(): number {
    const turns = this.#speed / 1480;
    return Math.max(0, 7500 * turns ** 3 * (1 + this.#jitter * 0.02));
  }
}
