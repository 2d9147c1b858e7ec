import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exception, FaultyModbusServer, misbehaviours } from "../../support/faultyModbusServer.ts";
import { LiveMapper, modbusSpec } from "../../support/liveMapper.ts";

let server: FaultyModbusServer;
let mapper: LiveMapper;
beforeEach(async () => {
  server = await new FaultyModbusServer().start();
  for (let address = 0; address < 20; address++) server.registers.set(address, address);
  server.bits.set(0, 1);
  mapper = new LiveMapper();
});
afterEach(async () => {
  await mapper.channel.close();
  await server.stop();
  expect(mapper.exit).toBeUndefined();
});

const reach = () => ({
  communicateMode: "TCP",
  ip: "127.0.0.1",
  port: String(server.port),
  slaveID: "1",
  timeout: 5000,
});
const holding = (offset: number, more: object = {}) => ({ register: "HoldingRegister", offset, limit: 1, ...more });

describe("a device as KubeEdge writes it", () => {
  test("scaled registers, coils and swapped words read as the contract says", async () => {
    server.registers.set(1, 215);
    server.registers.set(4, 0x5678);
    server.registers.set(5, 0x1234);
    mapper.assign(
      modbusSpec("d/x", reach(), {
        temperature: ["FLOAT", holding(1, { scale: 0.1, dataType: "float", isSwap: false })],
        asInt: ["INT", { register: "CoilRegister", offset: 0, limit: 1, scale: 1, isSwap: true }],
        asFlag: ["BOOLEAN", { register: "CoilRegister", offset: "0", limit: "1" }],
        swapped: ["INT", holding(4, { limit: 2, isRegisterSwap: true })],
      }),
    );
    await mapper.until(() => mapper.of("reported").length > 0);
    expect(mapper.of("acceptance")[0]).toMatchObject({ accepted: true, reason: "Accepted", message: "" });
    expect(mapper.states("d/x")).toEqual(["online"]);
    expect(mapper.of("reported")[0]?.readings.map(({ property, value }) => [property, value])).toEqual([
      ["temperature", "21.5"],
      ["asInt", "1"],
      ["asFlag", "true"],
      ["swapped", String(0x12345678)],
    ]);
  });

  test("a desired value arrives in its register, and is verified from there", async () => {
    mapper.assign(modbusSpec("d/x", reach(), { t: ["DOUBLE", holding(3, { scale: 0.1, dataType: "float" })] }));
    mapper.write("d/x", "t", "21.44");
    await mapper.until(() => mapper.of("progress").at(-1)?.state === "verified");
    expect(server.registers.get(3)).toBe(214);
    expect(mapper.shown("d/x", "t").at(-1)).toBe("21.4");
    mapper.write("d/x", "t", "7000", 2);
    await mapper.until(() => mapper.of("progress").at(-1)?.order.spec === 2);
    expect(mapper.of("progress").at(-1)).toMatchObject({ state: "rejected", reason: "OutOfRange" });
    expect(server.registers.get(3)).toBe(214);
  });

  test("an input register cannot be written, whatever the model says", async () => {
    mapper.assign(modbusSpec("d/x", reach(), { t: ["INT", { register: "InputRegister", offset: 3 }] }));
    mapper.write("d/x", "t", "1");
    await mapper.until(() => mapper.of("progress").length > 0);
    expect(mapper.of("progress")[0]).toMatchObject({ state: "rejected", reason: "ReadOnly" });
  });

  test("a serial line is not supported, and says what to do", async () => {
    mapper.assign(
      modbusSpec("d/x", { communicateMode: "RTU", serialPort: "/dev/ttyS0", slaveID: 1 }, { t: ["INT", holding(1)] }),
    );
    await mapper.until(() => mapper.of("acceptance").length > 0);
    expect(mapper.of("acceptance")[0]).toMatchObject({ accepted: false, reason: "NotSupported" });
  });

  test("a configuration without an address is an external mapper's", async () => {
    mapper.assign(modbusSpec("d/x", { slaveID: 1, ip: "" }, { t: ["INT", holding(1)] }));
    await mapper.until(() => mapper.of("acceptance").length > 0);
    expect(mapper.of("acceptance")[0]).toMatchObject({ accepted: true, reason: "ExternalMapper" });
  });
});

describe("a partner that misbehaves for good: the device is offline with the reason, its values stale, and back by itself", () => {
  test.each([
    ["silent", "Timeout"],
    ["wrongTransaction", "Timeout"],
    ["wrongUnit", "ConfusedAnswer"],
    ["tooShort", "ConfusedAnswer"],
    ["byteCountTooHigh", "ConfusedAnswer"],
    ["finMidFrame", "ConnectionClosed"],
    ["reset", "ConnectionClosed"],
  ] as const)("%s: %s", async (fault, reason) => {
    const timeout = reason === "Timeout" ? 100 : 5000;
    mapper.assign(modbusSpec("d/x", { ...reach(), timeout }, { t: ["INT", holding(7)] }));
    await mapper.until(() => mapper.shown("d/x", "t").length > 2);
    server.otherwise = misbehaviours[fault];
    await mapper.until(() => mapper.states("d/x").at(-1) === `offline ${reason}`);
    await mapper.until(() => mapper.shown("d/x", "t").at(-1) === `stale ${reason}`);
    server.otherwise = ({ socket }, answer) => void socket.write(answer);
    server.registers.set(7, 42);
    await mapper.until(() => mapper.shown("d/x", "t").at(-1) === "42");
    expect(mapper.states("d/x").at(-1)).toBe("online");
    expect(new Set(mapper.shown("d/x", "t"))).toEqual(new Set(["7", `stale ${reason}`, "42"]));
  });

  test("a partner that is stopped and started: offline, and online again, without anybody's help", async () => {
    mapper.assign(modbusSpec("d/x", reach(), { t: ["INT", holding(7)] }));
    await mapper.until(() => mapper.shown("d/x", "t").length > 2);
    await server.stop();
    await mapper.until(() => mapper.states("d/x").at(-1) === "offline ConnectionRefused");
    server.registers.set(7, 43);
    await server.start();
    await mapper.until(() => mapper.shown("d/x", "t").at(-1) === "43");
    expect(mapper.states("d/x").at(-1)).toBe("online");
  });

  test("an exception is the property's own: bad with its name, the others good, the device online", async () => {
    mapper.assign(modbusSpec("d/x", reach(), { good: ["INT", holding(7)], gone: ["INT", holding(500)] }));
    await mapper.until(() => mapper.shown("d/x", "gone").length > 1);
    expect(new Set(mapper.shown("d/x", "gone"))).toEqual(new Set(["bad IllegalDataAddress"]));
    expect(new Set(mapper.shown("d/x", "good"))).toEqual(new Set(["7"]));
    expect(mapper.states("d/x")).toEqual(["online"]);
  });

  test("a unit behind a gateway that does not answer is offline, its neighbour is not", async () => {
    server.otherwise = (request, answer) => {
      if (request.unit === 2) exception(11)(request, answer);
      else request.socket.write(answer);
    };
    mapper.assign(
      modbusSpec("d/one", reach(), { t: ["INT", holding(7)] }),
      modbusSpec("d/two", { ...reach(), slaveID: 2 }, { t: ["INT", holding(7)] }),
    );
    await mapper.until(() => mapper.states("d/two").at(-1) === "offline GatewayTargetNoResponse");
    await mapper.until(() => mapper.shown("d/one", "t").length > 10);
    expect(mapper.states("d/one")).toEqual(["online"]);
    expect(server.accepted).toBe(1);
  });
});
