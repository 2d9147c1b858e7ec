import { expect, it } from "vitest";
import { rightOn } from "../../../../src/edge/broker/topicRights.ts";

it.each([
  ["devices/ns/dev/p/set", "request"],
  ["devices/ns/dev/a%2Fb/set", "request"],
  ["devices/ns/dev/$method/start", "request"],
  ["$hw/events/device/ns/dev/twin/update", "request"],
  ["$hw/events/device/ns/dev/twin/get", "request"],
  ["$hw/events/device/ns/dev/state/update", "request"],
  ["$hw/events/node/edge-1/membership/get", "request"],
  ["devices", "reserved"],
  ["devices/ns/dev/p", "reserved"],
  ["devices/ns/dev/$state", "reserved"],
  ["devices/ns/dev/p/set/result", "reserved"],
  ["devices/ns/dev/%FF/set", "reserved"],
  ["devices//dev/p/set", "reserved"],
  ["devices/ns/dev/$method/start/result", "reserved"],
  ["$hw/events/device/ns/dev/twin/cloud_updated", "reserved"],
  ["$hw/events/device/ns/dev/twin/edge_updated", "reserved"],
  ["$hw/events/device/ns/dev/twin/update/document", "reserved"],
  ["$hw/events/device/ns/dev/updated", "reserved"],
  ["$hw/events/device//twin/update", "reserved"],
  ["$hw/events/node/edge-1/membership/updated", "reserved"],
  ["$SYS/broker/clients", "reserved"],
  ["devicesOfMine/a", "own"],
  ["$hw/events/upload/x", "own"],
  ["SYS/dis/upload_records", "own"],
  ["default/user/x", "own"],
  ["plant/devices/a", "own"],
] as const)("a client's message on %s is %s", (topic, right) => {
  expect(rightOn(topic)).toBe(right);
});
