import { afterEach, beforeEach, expect, test } from "vitest";
import { fakeDevice, RuntimeRig } from "../../../support/runtimeRig.ts";

let rig: RuntimeRig;
beforeEach(() => {
  rig = new RuntimeRig();
  rig.driver.set("h/1/a", 1);
});
afterEach(async () => {
  await rig.close();
  expect(rig.crashes).toEqual([]);
});
const last = () => rig.of("acceptance").at(-1);

test("a device that the driver can serve is accepted, and unknown keys are named", async () => {
  rig.assign(fakeDevice("x", { a: { config: { at: "a", colour: "red" } } }, { config: { host: "h", smell: "none" } }));
  expect(last()).toMatchObject({ accepted: true, reason: "Accepted" });
  expect(last()?.message).toBe(
    "protocol.configData.smell: fake does not know this key; it is kept and has no effect; " +
      "properties[a].visitors.configData.colour: fake does not know this key; it is kept and has no effect",
  );
});

test("a wrong device configuration is refused with its path, and every value says why", async () => {
  rig.assign(fakeDevice("x", { a: {} }, { config: { host: "h", unit: "one" } }));
  await rig.clock.advance(5000);
  expect(last()).toMatchObject({ accepted: false, reason: "ConfigInvalid" });
  expect(last()?.message).toMatch(/^protocol\.configData\.unit: /);
  expect(rig.readings("d/x")).toEqual(["a!bad ConfigInvalid"]);
  expect(rig.states("d/x")).toEqual(["unknown ConfigInvalid"]);
  expect(rig.driver.log).toEqual([]);
});

test("a device runs on with its good properties, and the bad ones are named with their paths", async () => {
  rig.assign(
    fakeDevice("x", {
      a: {},
      b: { config: { at: 5 } },
      c: { visitor: undefined },
      d: { visitor: { protocol: "opcua", config: {} } },
    }),
  );
  await rig.clock.advance(0);
  expect(last()).toMatchObject({ accepted: true, reason: "PartlyAccepted" });
  expect(last()?.message).toContain("properties[b].visitors.configData.at: ");
  expect(last()?.message).toContain("properties[c].visitors: is missing");
  expect(last()?.message).toContain("properties[d].visitors.protocolName: opcua is not the device's protocol, fake");
  expect(rig.readings("d/x")).toEqual(["b!bad ConfigInvalid", "c!bad NoVisitor", "d!bad ConfigInvalid", "a=1"]);
});

test("a configuration without the driver's address keys is an external mapper's, and stays untouched", async () => {
  rig.assign(fakeDevice("x", { a: {} }, { config: { endpoint: "mine" } }));
  rig.write("d/x", "a", { value: "1" });
  await rig.clock.advance(5000);
  expect(last()).toMatchObject({ accepted: true, reason: "ExternalMapper" });
  expect(rig.said.filter(({ kind }) => kind !== "stats").map(({ kind }) => kind)).toEqual(["ready", "acceptance"]);
});

test("what this build cannot serve is not supported, in a sentence", () => {
  rig.assign(fakeDevice("x", { a: {} }, { config: { host: "moon" } }));
  expect(last()).toMatchObject({ accepted: false, reason: "NotSupported", message: "the moon is too far" });
});

test("two devices that want one line in two ways conflict; the first keeps it, the second gets it when it is free", async () => {
  rig.assign(fakeDevice("x", { a: {} }), fakeDevice("y", { a: {} }, { config: { host: "h", baud: 19_200 } }));
  await rig.clock.advance(10);
  expect(last()).toMatchObject({
    key: "d/y",
    accepted: false,
    reason: "LineConflict",
    message: "d/y and d/x name the line h with different settings: baud 19200 against 9600",
  });
  rig.forget("d/x");
  await rig.clock.advance(10);
  expect(last()).toMatchObject({ key: "d/y", accepted: true, reason: "Accepted" });
  expect(rig.readings("d/y").at(-1)).toBe("a=1");
});

test("the only device of a line may change the line's settings", async () => {
  rig.assign(fakeDevice("x", { a: {} }));
  await rig.clock.advance(10);
  rig.assign(fakeDevice("x", { a: {} }, { config: { host: "h", baud: 19_200 } }));
  await rig.clock.advance(10);
  expect(last()).toMatchObject({ accepted: true });
  expect(rig.driver.log).toEqual(["open h", "h/1 read a", "close h", "open h", "h/1 read a"]);
});

test("all devices sent once more are answered once more", async () => {
  rig.assign(fakeDevice("x", { a: {} }));
  await rig.clock.advance(10);
  rig.assign(fakeDevice("x", { a: {} }));
  await rig.clock.advance(10);
  expect(rig.states("d/x")).toEqual(["online", "online"]);
  expect(rig.readings("d/x")).toEqual(["a=1", "a=1"]);
  expect(rig.of("acceptance")).toHaveLength(2);
});
