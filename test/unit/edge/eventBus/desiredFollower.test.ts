import { describe, expect, it } from "vitest";
import { DesiredFollower } from "../../../../src/edge/eventBus/desiredFollower.ts";
import { Fault } from "../../../../src/shared/kit/fault.ts";
import type { ChangeOrder, Desired, DesiredState } from "../../../../src/shared/model/twin.ts";

const KEY = "default/pump";
const WISH = { key: KEY, property: "speed", value: "1" } as const;
const none = () => {};

function desired(order: ChangeOrder, state: DesiredState, reason = "", message = ""): Desired {
  return { value: "1", order, origin: "mqtt", requestedAt: 0, state, reason, message };
}

/** A DeviceTwin that numbers from 0.1 on. */
function numbering(): DesiredFollower {
  let local = 0;
  return new DesiredFollower({ twins: { set: async () => ({ spec: 0, local: ++local }) } });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("DesiredFollower", () => {
  it.each([
    ["verified", "", "Verified"],
    ["mismatch", "ReadBack", "Mismatch"],
    ["rejected", "Refused", "Rejected"],
    ["rejected", "OutOfRange", "OutOfRange"],
    ["expired", "", "Expired"],
    ["superseded", "", "Superseded"],
  ] as const)("ends %s (%s) as %s", async (state, reason, code) => {
    const follower = numbering();
    const end = follower.bring(WISH, none);
    await turn();
    follower.changed(KEY, "speed", desired({ spec: 0, local: 1 }, "written"));
    follower.changed(KEY, "speed", desired({ spec: 0, local: 1 }, state, reason));
    expect(await end).toMatchObject({ code });
    expect(follower.isFollowing(KEY, "speed")).toBe(false);
  });

  it("counts an end that is told before the number is known", async () => {
    let answer: (order: ChangeOrder) => void = none;
    const numbered = new Promise<ChangeOrder>((resolve) => {
      answer = resolve;
    });
    const twins = { set: () => numbered };
    const follower = new DesiredFollower({ twins });
    const end = follower.bring(WISH, none);
    follower.changed(KEY, "speed", desired({ spec: 3, local: 0 }, "verified"));
    follower.changed(KEY, "speed", desired({ spec: 3, local: 1 }, "mismatch"));
    answer({ spec: 3, local: 1 });
    expect(await end).toMatchObject({ code: "Mismatch" });
  });

  it("takes a later change for the end of an earlier one, and not the other way round", async () => {
    const follower = numbering();
    const ends = [follower.bring(WISH, none), follower.bring(WISH, none)];
    await turn();
    follower.changed(KEY, "speed", desired({ spec: 0, local: 2 }, "sent"));
    expect(await ends[0]).toMatchObject({ code: "Superseded" });
    follower.changed(KEY, "speed", desired({ spec: 0, local: 1 }, "verified"));
    follower.changed(KEY, "speed", desired({ spec: 0, local: 2 }, "verified"));
    expect(await ends[1]).toMatchObject({ code: "Verified" });
  });

  it("says once that a change is on disk, and passes on why it is not", async () => {
    const stored: number[] = [];
    const follower = numbering();
    void follower.bring(WISH, () => stored.push(1));
    await turn();
    expect(stored).toEqual([1]);
    const refusing = new DesiredFollower({
      twins: { set: () => Promise.reject(new Fault("state.storeFull", "disk full")) },
    });
    await expect(refusing.bring(WISH, none)).rejects.toMatchObject({ code: "state.storeFull" });
    expect(refusing.isFollowing(KEY, "speed")).toBe(false);
  });

  it("ends what waits for a property or a device that is gone", async () => {
    const follower = numbering();
    const first = follower.bring(WISH, none);
    const second = follower.bring({ ...WISH, property: "level" }, none);
    await turn();
    follower.keepOnly(KEY, new Set(["level"]));
    expect(await first).toMatchObject({ code: "UnknownProperty" });
    follower.removed(KEY);
    expect(await second).toMatchObject({ code: "UnknownDevice" });
  });
});
