import { expect, it } from "vitest";
import { servedBy } from "../../../../src/edge/mapperHost/servedBy.ts";
import { assignment } from "../../../support/edgeRig.ts";

const ip = { ip: "10.0.0.1" };
it.each([
  ["modbus", ip, [], "modbus"],
  ["Modbus", ip, ["opcua"], "modbus"],
  ["modbus-tcp", ip, [], "modbus"],
  ["modbus", ip, ["MODBUS"], undefined],
  ["modbus-tcp", ip, ["modbus-rtu"], undefined],
  ["modbus", { slaveID: 1 }, [], undefined],
  ["modbus", { ip: "", slaveID: 1 }, [], undefined],
  ["acme", ip, [], undefined],
  ["acme", ip, ["acme"], undefined],
] as const)("%s at %j with external %j is served by %s", (name, config, external, expected) => {
  const { spec } = assignment({ protocol: { name, config } });
  const server = servedBy(spec, external);
  expect(server.kind === "mapper" ? server.protocol : undefined).toBe(expected);
});
