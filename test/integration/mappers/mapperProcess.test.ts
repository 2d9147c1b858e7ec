import { fork } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forkMappers } from "../../../src/cli/mapperStarters.ts";
import { startInline } from "../../../src/mappers/commands/inline.ts";
import { FaultyModbusServer } from "../../support/faultyModbusServer.ts";
import { LiveMapper, modbusSpec } from "../../support/liveMapper.ts";
import { quietLog } from "../../support/quietLog.ts";

let server: FaultyModbusServer;
let mapper: LiveMapper;
beforeEach(async () => {
  server = await new FaultyModbusServer().start();
  server.registers.set(7, 7);
});
afterEach(async () => {
  await mapper.channel.close();
  await server.stop();
});

test.each([
  ["isolated", forkMappers(quietLog, "error")],
  ["inline", startInline(quietLog)],
])("the channel is the same, %s: what is sent before the mapper is ready is not lost", async (_, start) => {
  mapper = new LiveMapper(start("modbus"));
  const points = { t: ["INT", { table: "holding", address: 7 }] } as const;
  mapper.assign(modbusSpec("d/x", { url: `tcp://127.0.0.1:${server.port}` }, points));
  mapper.write("d/x", "t", "9");
  await mapper.until(() => mapper.of("progress").at(-1)?.state === "verified");
  expect(mapper.said[0]).toEqual({ kind: "ready", protocol: "modbus" });
  expect(server.registers.get(7)).toBe(9);
  const [{ socket } = { socket: undefined }] = server.requests;
  // Not `once`: that rejects where the connection ends by a reset, which is an end as good as any.
  const gone = new Promise<void>((resolve) => {
    if (socket === undefined || socket.destroyed) resolve();
    else socket.once("close", () => resolve());
  });
  await mapper.channel.close();
  await gone;
  expect(mapper.exit).toBeUndefined();
});

test.each([
  ["isolated", forkMappers(quietLog, "error")],
  ["inline", startInline(quietLog)],
])("a protocol that is not built in ends with its reason, %s", async (_, start) => {
  mapper = new LiveMapper(start("bacnet"));
  await mapper.until(() => mapper.exit !== undefined);
  expect(mapper.exit).toContain("there is no built-in mapper for protocol bacnet; there is: modbus");
});

test("a mapper process whose parent is lost ends by itself", async () => {
  mapper = new LiveMapper(startInline(quietLog)("modbus"));
  const child = fork("src/mappers/main.ts", ["modbus", "--log-level", "error"], {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  await once(child, "message");
  const ended = once(child, "exit");
  child.disconnect();
  expect(await ended).toEqual([0, null]);
});
