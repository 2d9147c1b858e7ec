import { modbus } from "../../src/mappers/modbus/index.ts";
import { FaultyModbusServer, misbehaviours } from "../support/faultyModbusServer.ts";
import { driverContract } from "./driverContract.ts";

driverContract(modbus, async () => {
  const server = await new FaultyModbusServer().start();
  for (const [address, word] of [0x41ac, 0, 7, 8, 0x4142, 0x4300].entries()) server.registers.set(address, word);
  server.bits.set(0, 1);
  return {
    device: { url: `tcp://127.0.0.1:${server.port}`, unitId: 1, timeoutMs: 2000 },
    shown: [
      { point: { table: "holding", address: 2, rawType: "uint16" }, value: 7n },
      { point: { table: "coil", address: 0 }, value: true },
      { point: { table: "holding", address: 0, rawType: "float32" }, value: 21.5 },
      { point: { table: "input", address: 4, rawType: "string", length: 2 }, value: "ABC" },
      { point: { table: "holding", address: 3, rawType: "int16", scale: 0.1 }, value: 0.8 },
    ],
    refused: { table: "holding", address: 6, rawType: "uint16" },
    writable: { point: { table: "holding", address: 2, rawType: "int16", scale: 0.1 }, value: 21.4449 },
    silence: () => {
      server.otherwise = misbehaviours.silent;
    },
    die: () => server.stop(),
    close: () => server.stop(),
  };
});
