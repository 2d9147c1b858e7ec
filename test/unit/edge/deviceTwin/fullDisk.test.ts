import { beforeEach, expect, it } from "vitest";
import { DeviceTwin } from "../../../../src/edge/deviceTwin/deviceTwin.ts";
import type { EdgeEvents } from "../../../../src/edge/events.ts";
import type { TwinChange } from "../../../../src/edge/twinRows.ts";
import { Bus } from "../../../../src/shared/kit/bus.ts";
import { Fault } from "../../../../src/shared/kit/fault.ts";
import { assignment, good, KEY, UID } from "../../../support/edgeRig.ts";
import { TestClock } from "../../../support/testClock.ts";

/** A disk that takes nothing until the test says so. */
class FullDisk {
  failing: Fault | undefined = new Fault("state.storeFull", "full");
  readonly waiting: { apply(): void; committed?(): void; tell?(): void }[] = [];
  readonly saved: TwinChange[] = [];

  add(write: FullDisk["waiting"][number]): void {
    this.waiting.push(write);
  }

  async settled(): Promise<void> {}
  load() {
    return undefined;
  }
  save(change: TwinChange): void {
    this.saved.push(change);
  }
  remove(): void {}

  makeRoom(): void {
    this.failing = undefined;
    const writes = this.waiting.splice(0);
    for (const write of writes) write.apply();
    for (const write of writes) write.committed?.();
    for (const write of writes) write.tell?.();
  }
}

let disk: FullDisk;
let twins: DeviceTwin;
const bus = new Bus<EdgeEvents>((_, error) => {
  throw error;
});
const changed: EdgeEvents["twin.changed"][] = [];
bus.on("twin.changed", (event) => changed.push(event), new AbortController().signal);

beforeEach(async () => {
  disk = new FullDisk();
  const boot = { id: "b", upMs: () => 0 };
  const parts = { bus, store: disk, commits: disk, clock: new TestClock(), boot, onUnknownProperties: () => {} };
  twins = new DeviceTwin(parts);
  await twins.start();
  bus.emit("device.assigned", { assignment: assignment(), fresh: true });
  changed.length = 0;
});

it("keeps one write per device waiting, however much is reported, and nothing of it is shown", () => {
  for (let value = 0; value < 1000; value++) {
    bus.emit("twin.reported", { key: KEY, uid: UID, at: value, readings: [good(`${value}`)] });
  }
  expect(disk.waiting).toHaveLength(1);
  expect(twins.twin(KEY)?.properties["speed"]?.reported).toBeUndefined();
  expect(changed).toEqual([]);
  disk.makeRoom();
  expect(disk.saved.map(({ reported }) => reported.get("speed")?.reported.value)).toEqual(["999"]);
  expect(changed).toMatchObject([{ reported: [{ property: "speed", reported: { value: "999", version: 1001 } }] }]);
});

it("refuses what somebody wants, who can then try again", async () => {
  await expect(twins.set(KEY, "speed", "5")).rejects.toMatchObject({ code: "state.storeFull" });
  disk.makeRoom();
  const set = twins.set(KEY, "speed", "5");
  disk.makeRoom();
  expect(await set).toEqual({ spec: 0, local: 1 });
});
