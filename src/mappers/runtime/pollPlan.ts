import type { ServedPoint } from "./judge.ts";

/** Polls that fall due this close together become one. */
const TOGETHER_MS = 5;

interface Group {
  readonly cycleMs: number;
  readonly points: readonly ServedPoint[];
  /** Monotonic. */
  due: number;
  /** The next poll is the first after a start or an outage, the one that finds its phase, or one of many. */
  step: "first" | "second" | "steady";
}

/** What one poll reads. The same points come as the same array, so that a session can keep its plan for them. */
export interface Poll {
  readonly points: readonly ServedPoint[];
  /** The driver's half of `points`. */
  readonly places: readonly unknown[];
  readonly groups: readonly Group[];
}

/**
 * When which points of one device are read. Points of one cycle are read together; the first poll is at once, and the
 * following ones keep a random phase, so that devices that started together do not come together for ever.
 */
export class PollPlan {
  readonly #groups: readonly Group[];
  readonly #polls = new Map<string, Poll>();
  readonly #random: () => number;

  constructor(points: readonly ServedPoint[], { now, random }: { now: number; random: () => number }) {
    const cycles = new Set(points.map(({ property }) => property.collectCycleMs));
    this.#groups = [...cycles].map((cycleMs) => ({
      cycleMs,
      points: points.filter(({ property }) => property.collectCycleMs === cycleMs),
      due: now,
      step: "first",
    }));
    this.#random = random;
  }

  /** Monotonic; Infinity without points. */
  get due(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const group of this.#groups) if (group.due < due) due = group.due;
    return due;
  }

  /** What is due now, or everything. */
  take(now: number, { everything }: { readonly everything: boolean }): Poll {
    const groups = this.#groups.filter((group) => everything || group.due <= now + TOGETHER_MS);
    const name = groups.map(({ cycleMs }) => cycleMs).join(" ");
    const known = this.#polls.get(name);
    if (known !== undefined) return known;
    const points = groups.flatMap((group) => group.points);
    const poll = { points, places: points.map(({ point }) => point), groups };
    this.#polls.set(name, poll);
    return poll;
  }

  /**
   * Plans the next poll after one that began at `begun`, and tells how many cycles went by without theirs: those
   * whose successor was already due. The rush after a start or an outage is not counted.
   */
  done({ groups }: Poll, begun: number): number {
    let missed = 0;
    for (const group of groups) {
      if (group.due > begun + TOGETHER_MS) continue; // read along the way, before its time
      if (group.step === "first") {
        group.due = begun + group.cycleMs * (0.1 + 0.9 * this.#random());
        group.step = "second";
        continue;
      }
      const behind = Math.max(0, Math.floor((begun - group.due) / group.cycleMs));
      if (group.step === "steady") missed += behind;
      group.due += (behind + 1) * group.cycleMs;
      group.step = "steady";
    }
    return missed;
  }

  /** Everything is due now, and finds a new phase after it. */
  hasten(now: number): void {
    for (const group of this.#groups) {
      group.due = now;
      group.step = "first";
    }
  }
}
