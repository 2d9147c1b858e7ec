import type { DeviceSpec } from "../../shared/model/device.ts";
import { type Judgement, refused } from "./judge.ts";
import { Line, type LineParts, type LineStats } from "./line.ts";
import type { ServedDevice } from "./servedDevice.ts";

type Served = Extract<Judgement, { kind: "served" }>;
type Settings = Readonly<Record<string, string | number | boolean>>;

interface Row {
  readonly line: Line;
  readonly settings: Settings;
}

/** The lines there are, by the name that the driver gives them. A line lives as long as it has devices. */
export class LineTable {
  readonly #rows = new Map<string, Row>();
  readonly #parts: Omit<LineParts, "name"> & { readonly onCrash: (error: unknown) => void };
  readonly #ending = new Set<Promise<void>>();

  constructor(parts: Omit<LineParts, "name"> & { readonly onCrash: (error: unknown) => void }) {
    this.#parts = parts;
  }

  /** The judgement as it was, or LineConflict where the line already has other settings. */
  admit(spec: DeviceSpec, judged: Served): Judgement {
    const name = this.#parts.driver.line(judged.device);
    const row = this.#rows.get(name);
    const differing = row === undefined ? [] : differencesOf(row.settings, this.#settingsOf(judged.device));
    if (row === undefined || differing.length === 0) return judged;
    const [first] = row.line.devices;
    return refused(
      "LineConflict",
      `${spec.key} and ${first?.spec.key} name the line ${name} with different settings: ${differing.join(", ")}`,
    );
  }

  /** Whether the device as it was and as it is judged now use one line in one way. */
  isAlike(before: ServedDevice, { device }: Served): boolean {
    const { driver } = this.#parts;
    if (driver.line(before.place) !== driver.line(device)) return false;
    return differencesOf(this.#settingsOf(before.place), this.#settingsOf(device)).length === 0;
  }

  add(device: ServedDevice): void {
    const { driver, onCrash } = this.#parts;
    const name = driver.line(device.place);
    let row = this.#rows.get(name);
    if (row === undefined) {
      const line = new Line({ ...this.#parts, name });
      row = { line, settings: this.#settingsOf(device.place) };
      this.#rows.set(name, row);
      line.devices.add(device);
      line.start(onCrash);
    }
    row.line.devices.add(device);
    row.line.wake();
  }

  remove(device: ServedDevice): void {
    const name = this.#parts.driver.line(device.place);
    const row = this.#rows.get(name);
    if (row?.line.devices.delete(device) !== true || row.line.devices.size > 0) return;
    this.#rows.delete(name);
    const end = row.line.stop().finally(() => this.#ending.delete(end));
    this.#ending.add(end);
  }

  wake(device: ServedDevice): void {
    this.#rows.get(this.#parts.driver.line(device.place))?.line.wake();
  }

  takeStats(): LineStats[] {
    return [...this.#rows.values()].map(({ line }) => line.takeStats());
  }

  async close(): Promise<void> {
    const ends = [...this.#rows.values()].map(({ line }) => line.stop());
    this.#rows.clear();
    await Promise.all([...ends, ...this.#ending]);
  }

  #settingsOf(device: unknown): Settings {
    return this.#parts.driver.lineSettings?.(device) ?? {};
  }
}

function differencesOf(held: Settings, wanted: Settings): string[] {
  const keys = new Set([...Object.keys(held), ...Object.keys(wanted)]);
  return [...keys]
    .filter((key) => held[key] !== wanted[key])
    .map((key) => `${key} ${wanted[key] ?? "(none)"} against ${held[key] ?? "(none)"}`);
}
