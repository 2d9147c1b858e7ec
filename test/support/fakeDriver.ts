import { z } from "zod";
import type { Driver, Reading, Sample, Session } from "../../src/mappers/driver.ts";
import { Fault, isFault } from "../../src/shared/kit/fault.ts";
import type { Value } from "../../src/shared/model/value.ts";

const device = z.object({ host: z.string(), unit: z.number().default(1), baud: z.number().default(9600) });
const point = z.object({ at: z.string(), max: z.number().optional() });
type Device = z.output<typeof device>;
type Point = z.output<typeof point>;

/**
 * A protocol whose devices are entries of a map, for tests of the runtime: `set` is what a device shows, `break` what
 * an exchange throws instead, `log` what was asked, in order.
 */
export class FakeDriver implements Driver<Device, Point> {
  readonly name = "fake";
  readonly device = device;
  readonly point = point;
  readonly log: string[] = [];
  /** `host/unit/at` → what is read: a value or a Fault. */
  readonly shown = new Map<string, Value | Reading | Fault>();
  /** `host` or `host/unit` → what an opening or exchange throws. */
  readonly broken = new Map<string, Fault>();
  /** What happens to a write; the default shows the value. */
  onWrite: (where: string, value: Value) => void = (where, value) => void this.shown.set(where, value);
  /** Awaited within each exchange. */
  during: () => Promise<void> = () => Promise.resolve();
  /** Awaited within each opening. */
  opening: () => Promise<void> = () => Promise.resolve();
  /** Sessions that are open now, by host. */
  readonly sessions = new Map<string, FakeSession>();

  serves(config: object): boolean {
    return "host" in config;
  }

  unsupported({ host }: Device): string | undefined {
    return host === "moon" ? "the moon is too far" : undefined;
  }

  unknownKeys(part: "device" | "point", config: object): readonly string[] {
    const known = part === "device" ? device : point;
    return Object.keys(config).filter((key) => !Object.hasOwn(known.shape, key));
  }

  line({ host }: Device): string {
    return host;
  }

  lineSettings({ baud }: Device): Readonly<Record<string, number>> {
    return { baud };
  }

  nearest({ max }: Point, value: Value): Value {
    if (max !== undefined && Number(value) > max)
      throw new Fault("data.outOfRange", `${String(value)} is above ${max}`);
    return typeof value === "number" ? Math.round(value * 10) / 10 : value;
  }

  async open({ host }: Device): Promise<FakeSession> {
    this.log.push(`open ${host}`);
    await this.opening();
    const fault = this.broken.get(host);
    if (fault !== undefined) throw fault;
    const session = new FakeSession(this, host);
    this.sessions.set(host, session);
    return session;
  }

  /** Says what a device shows from now on. */
  set(where: string, value: Value | Reading | Fault): void {
    this.shown.set(where, value);
  }
}

class FakeSession implements Session<Device, Point> {
  isOpen = true;
  readonly #driver: FakeDriver;
  readonly #host: string;
  readonly #ended: Promise<never>;
  #end: (fault: Fault) => void = () => {};
  #inUse = false;

  constructor(driver: FakeDriver, host: string) {
    this.#driver = driver;
    this.#host = host;
    this.#ended = new Promise((_, reject) => {
      this.#end = reject;
    });
    this.#ended.catch(() => {}); // mostly nothing waits for it
  }

  read(where: Device, points: readonly Point[]): Promise<readonly Sample[]> {
    return this.#exchange(where, `read ${points.map(({ at }) => at).join(" ")}`, () =>
      points.map(({ at }) => {
        const shown = this.#driver.shown.get(`${where.host}/${where.unit}/${at}`);
        if (shown === undefined) return new Fault("device.refused", `no ${at}`, { details: { reason: "NoSuchPlace" } });
        return isFault(shown) || isReading(shown) ? shown : { value: shown };
      }),
    );
  }

  write(where: Device, { at }: Point, value: Value): Promise<void> {
    return this.#exchange(where, `write ${at}=${String(value)}`, () =>
      this.#driver.onWrite(`${where.host}/${where.unit}/${at}`, value),
    );
  }

  async close(): Promise<void> {
    if (this.isOpen) this.#driver.log.push(`close ${this.#host}`);
    this.isOpen = false;
    this.#end(new Fault("link.closed", "closed"));
    this.#driver.sessions.delete(this.#host);
  }

  async #exchange<T>({ host, unit }: Device, what: string, work: () => T): Promise<T> {
    if (this.#inUse) throw new Error("calls of one session overlap");
    this.#inUse = true;
    try {
      this.#driver.log.push(`${host}/${unit} ${what}`);
      await Promise.race([this.#driver.during(), this.#ended]);
      const fault = this.#driver.broken.get(`${host}/${unit}`);
      if (fault === undefined) return work();
      if (fault.details["keepsLine"] !== true) this.isOpen = false;
      throw fault;
    } finally {
      this.#inUse = false;
    }
  }
}

function isReading(shown: Value | Reading): shown is Reading {
  return typeof shown === "object" && "value" in shown;
}
