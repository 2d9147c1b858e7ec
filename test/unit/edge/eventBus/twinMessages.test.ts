import { describe, expect, it } from "vitest";
import { readTwinGet, readTwinUpdate, TwinRefusal } from "../../../../src/edge/eventBus/twinMessages.ts";

function refusal(text: string) {
  try {
    readTwinUpdate(text);
    return undefined;
  } catch (error) {
    if (error instanceof TwinRefusal) return { code: error.code, eventId: error.eventId };
    throw error;
  }
}

describe("twin/update", () => {
  it("reads both sides of several properties and ignores the timestamps of clients, whatever they are", () => {
    const text = JSON.stringify({
      event_id: "e1",
      timestamp: "1767225600000",
      twin: {
        temperature: { actual: { value: "21.5", metadata: { timestamp: "soon" } }, metadata: { type: "double" } },
        setpoint: { expected: { value: "22" }, actual: { value: "21" }, optional: true },
      },
    });
    expect(readTwinUpdate(text)).toEqual({
      eventId: "e1",
      entries: [
        { name: "temperature", actual: "21.5" },
        { name: "setpoint", actual: "21", expected: "22" },
      ],
    });
  });

  it.each([
    ['{"event_id":"e1","twin":{"x":{"actual":{}}}}', "e1"],
    ['{"event_id":"e1","twin":{"x":{"actual":{"value":21}}}}', "e1"],
    ['{"event_id":"e1","twin":{"x":{"actual":{"value":null}}}}', "e1"],
    ['{"event_id":"e1","twin":{"x":{"actual":"21"}}}', "e1"],
    ['{"event_id":"e1","twin":{"x":null}}', "e1"],
    ['{"event_id":"e1","twin":{"x":{"metadata":{"type":"deleted"}}}}', "e1"],
    ['{"event_id":"e1","twin":{"x":{}}}', "e1"],
    ['{"event_id":"e1","twin":{"x":[]}}', "e1"],
    ['{"event_id":"e1","twin":{}}', "e1"],
    ['{"event_id":"e1","twin":[]}', "e1"],
    ['{"event_id":"e1"}', "e1"],
    ['{"event_id":1,"twin":{"x":{"actual":{"value":"1"}}}}', ""],
    ["[]", ""],
    ["{", ""],
    ["", ""],
  ])("refuses %s with 400 and its event_id", (text, eventId) => {
    expect(refusal(text)).toEqual({ code: 400, eventId });
  });
});

describe("twin/get", () => {
  it("takes an event_id, or nothing at all", () => {
    expect(readTwinGet('{"event_id":"g1","timestamp":1}')).toEqual({ eventId: "g1" });
    expect(readTwinGet("{}")).toEqual({ eventId: "" });
    expect(readTwinGet("")).toEqual({ eventId: "" });
    expect(() => readTwinGet("x")).toThrow(TwinRefusal);
  });
});
