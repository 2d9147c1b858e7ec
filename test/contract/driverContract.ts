import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Driver, Session } from "../../src/mappers/driver.ts";
import { isFault } from "../../src/shared/kit/fault.ts";
import type { Value } from "../../src/shared/model/value.ts";
import { quietLog } from "../support/quietLog.ts";

type Config = Readonly<Record<string, unknown>>;

/** A device, real or simulated, as the contract needs it. Configurations are as in a manifest. */
export interface ContractRig {
  readonly device: Config;
  /** Points with what they show now; at least three, neighbours among them, not in the order of the device. */
  readonly shown: readonly { readonly point: Config; readonly value: Value }[];
  /** A point beside them that the device refuses. */
  readonly refused: Config;
  /** A point that takes the value, which is not what it shows now. */
  readonly writable: { readonly point: Config; readonly value: Value };
  /** From now on the partner takes requests and does not answer; absent where that cannot be arranged. */
  readonly silence?: () => void;
  /** The partner ends; absent where that cannot be arranged. */
  readonly die?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What EVERY driver has to do. A simulator and real hardware are held to the same. */
export function driverContract(driver: Driver, makeRig: () => Promise<ContractRig>): void {
  describe(`the driver contract: ${driver.name}`, () => {
    const { signal } = new AbortController();
    const sessions: Session<unknown, unknown>[] = [];
    let rig: ContractRig;
    beforeEach(async () => {
      rig = await makeRig();
    });
    afterEach(async () => {
      for (const session of sessions.splice(0)) await session.close();
      await rig.close();
    });
    const device = () => driver.device.parse(rig.device);
    const points = () => rig.shown.map(({ point }) => driver.point.parse(point));
    const open = async () => {
      const session = await driver.open(device(), { log: quietLog, signal });
      sessions.push(session);
      return session;
    };

    test("samples come in the order of the points", async () => {
      const session = await open();
      const samples = await session.read(device(), points(), signal);
      expect(samples).toEqual(rig.shown.map(({ value }) => expect.objectContaining({ value })));
      const reversed = await session.read(device(), points().reverse(), signal);
      expect(reversed).toEqual([...samples].reverse());
    });

    test("a refused point is a fault in its place and does not lose its neighbours, twice", async () => {
      const session = await open();
      const [first, ...rest] = points();
      for (let time = 0; time < 2; time++) {
        const samples = await session.read(device(), [first, driver.point.parse(rig.refused), ...rest], signal);
        expect(isFault(samples[1], "device")).toBe(true);
        const others = samples.filter((_, index) => index !== 1);
        expect(others).toEqual(rig.shown.map(({ value }) => expect.objectContaining({ value })));
      }
      expect(session.isOpen).toBe(true);
    });

    test("a written value is shown, in the resolution that was foretold", async () => {
      const session = await open();
      const point = driver.point.parse(rig.writable.point);
      await session.write(device(), point, rig.writable.value, signal);
      const [sample] = await session.read(device(), [point], signal);
      expect(sample).toMatchObject({ value: driver.nearest(point, rig.writable.value) });
    });

    test("a partner that falls silent is a link fault in time, and a call under way is not left hanging", async (context) => {
      if (rig.silence === undefined) return context.skip("cannot be arranged");
      const session = await open();
      rig.silence();
      await expect(session.read(device(), points(), signal)).rejects.toSatisfy((error) => isFault(error, "link"));
    });

    test("a partner that ends is a link fault, on the session and at the next opening", async (context) => {
      if (rig.die === undefined) return context.skip("cannot be arranged");
      const session = await open();
      await rig.die();
      await expect(session.read(device(), points(), signal)).rejects.toSatisfy((error) => isFault(error, "link"));
      expect(session.isOpen).toBe(false);
      await expect(open()).rejects.toSatisfy((error) => isFault(error, "link"));
    });

    test("an aborted signal is passed on as it is, and asks the device nothing", async () => {
      const session = await open();
      const reason = new Error("enough");
      await expect(session.read(device(), points(), AbortSignal.abort(reason))).rejects.toBe(reason);
      const point = driver.point.parse(rig.writable.point);
      await expect(session.write(device(), point, rig.writable.value, AbortSignal.abort(reason))).rejects.toBe(reason);
      await expect(driver.open(device(), { log: quietLog, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });

    test("closing ends a call that is under way, and may be done twice", async (context) => {
      const session = await open();
      if (rig.silence === undefined) return context.skip("cannot be arranged");
      rig.silence();
      const call = session.read(device(), points(), signal);
      call.catch(() => {}); // looked at below
      await session.close();
      await session.close();
      await expect(call).rejects.toSatisfy((error) => isFault(error, "link"));
      expect(session.isOpen).toBe(false);
      await expect(session.read(device(), points(), signal)).rejects.toSatisfy((error) => isFault(error, "link"));
    });

    test("devices of one configuration share a line", () => {
      expect(driver.line(device())).toBe(driver.line(device()));
    });
  });
}
