import type { Condition } from "../../shared/model/resources/condition.ts";

/** How a Device begins. */
const BEGINNINGS: ReadonlySet<string> = new Set(["NothingDesired", "NoOverride"]);
/** On the way to something else. */
const PASSING: ReadonlySet<string> = new Set(["Pending", "InProgress", "NotReported"]);

/** The conditions that have come to say something else, each worth one Kubernetes Event. */
export function transitionsBetween(before: readonly Condition[], after: readonly Condition[]): readonly Condition[] {
  return after.filter((condition) => {
    const last = before.find(({ type }) => type === condition.type);
    const { status, reason } = condition;
    if (PASSING.has(reason) || (last?.status === status && last.reason === reason)) return false;
    if (status === "Unknown") return last !== undefined && last.status !== "Unknown";
    return last !== undefined || !BEGINNINGS.has(reason);
  });
}

/** What went wrong is a Warning; LocalOverride and the notes on a manifest are news of the other sort. */
export function severityOf({ type, status }: Condition): "Normal" | "Warning" {
  if (type === "LocalOverride") return "Normal";
  const isGood = ["Assigned", "Accepted", "Connected", "DesiredApplied"].includes(type);
  return isGood === (status === "True") ? "Normal" : "Warning";
}
