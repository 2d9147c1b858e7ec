import { beforeEach, describe, expect, it } from "vitest";
import { type Parcel, RetainedMirror } from "../../../../src/edge/eventBus/retainedMirror.ts";

const INDEX = "edgeloom/edge-1/devices";
const SPEED = "devices/default/pump/speed";

let mirror: RetainedMirror;
let dropped: string[];
const put = (topic: string, payload: string, retain = true) => mirror.put({ topic, payload, retain });

beforeEach(() => {
  dropped = [];
  mirror = new RetainedMirror({ indexTopic: INDEX, maxWaiting: 2, onDropped: (topic) => dropped.push(topic) });
  mirror.settle();
});

/** Sends everything, as if each message arrived. */
function drain(): Parcel[] {
  const sent: Parcel[] = [];
  for (let parcel = mirror.next(); parcel !== undefined; parcel = mirror.next()) {
    sent.push(parcel);
    mirror.delivered(parcel);
  }
  return sent;
}
const indexOf = (sent: readonly Parcel[]) => sent.findLast(({ topic }) => topic === INDEX)?.payload;

describe("RetainedMirror", () => {
  it("lists a device before its first value is sent, and not any more once its last one is cleared", () => {
    put(SPEED, "1");
    const sent = drain();
    expect(sent.map(({ topic }) => topic)).toEqual([INDEX, SPEED]);
    expect(indexOf(sent)).toBe('["devices/default/pump"]');
    put(SPEED, "");
    const [cleared] = [mirror.next()];
    expect(cleared).toEqual({ topic: SPEED, payload: "", retain: true });
    expect(mirror.next()).toBeUndefined();
    mirror.delivered(cleared ?? { topic: "", payload: "", retain: true });
    expect(indexOf(drain())).toBe("[]");
  });

  it("sends only the newest value of a topic that could not be sent", () => {
    put(SPEED, "1");
    put(SPEED, "2");
    expect(drain().filter(({ topic }) => topic === SPEED)).toEqual([{ topic: SPEED, payload: "2", retain: true }]);
  });

  it("sends again what was lost on its way, as it is by then", () => {
    put(SPEED, "1");
    drain();
    put(SPEED, "2");
    const parcel = mirror.next() ?? { topic: "", payload: "", retain: true };
    put(SPEED, "3");
    mirror.lost(parcel);
    expect(drain()).toEqual([{ topic: SPEED, payload: "3", retain: true }]);
  });

  it("sends all of it to a broker that may have forgotten", () => {
    put(SPEED, "1");
    drain();
    mirror.sendAll();
    expect(drain().map(({ topic }) => topic)).toEqual([INDEX, SPEED]);
  });

  it("keeps the newest value when a late clearing is confirmed", () => {
    put(SPEED, "1");
    drain();
    put(SPEED, "");
    const clearing = mirror.next() ?? { topic: "", payload: "", retain: true };
    put(SPEED, "2");
    mirror.delivered(clearing);
    mirror.sendAll();
    expect(drain()).toContainEqual({ topic: SPEED, payload: "2", retain: true });
  });

  it("keeps results in order, so many and no more", () => {
    for (const payload of ["1", "2", "3"]) put("devices/a/b/c/set/result", payload, false);
    expect(drain().flatMap(({ payload, retain }) => (retain ? [] : [payload]))).toEqual(["1", "2"]);
    expect(dropped).toEqual(["devices/a/b/c/set/result"]);
  });

  it("clears what an earlier life left behind, and keeps that life's list until then", () => {
    mirror = new RetainedMirror({ indexTopic: INDEX, maxWaiting: 2, onDropped: () => {} });
    put(SPEED, "1");
    mirror.sendAll();
    expect(drain().map(({ topic }) => topic)).toEqual([SPEED]);
    mirror.found(SPEED);
    mirror.found("devices/default/gone/level");
    mirror.settle();
    const sent = drain();
    expect(sent).toContainEqual({ topic: "devices/default/gone/level", payload: "", retain: true });
    expect(sent.some(({ topic }) => topic === SPEED)).toBe(false);
    expect(indexOf([...sent, ...drain()])).toBe('["devices/default/pump"]');
  });
});
