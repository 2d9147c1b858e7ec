import type { Condition } from "../../shared/model/resources/condition.ts";

/** What is not worth a word: how a Device begins. */
const BEGINNINGS: ReadonlySet<string> = new Set([
  "Pending",
  "NotAssigned",
  "NotReported",
  "NothingDesired",
  "NoOverride",
  "NodeNeverConnected",
  "InProgress",
]);

/** The conditions that have come to say something else, each worth one Kubernetes Event. */
export function transitionsBetween(before: readonly Condition[], after: readonly Condition[]): readonly Condition[] {
  return after.filter((condition) => {
    const last = before.find(({ type }) => type === condition.type);
    const isSame = last?.status === condition.status && last.reason === condition.reason;
    return !isSame && !(BEGINNINGS.has(condition.reason) && (last === undefined || condition.status !== "True"));
  });
}

/** What went wrong is a Warning; LocalOverride and the notes on a manifest are news of the other sort. */
export function severityOf({ type, status }: Condition): "Normal" | "Warning" {
  if (type === "LocalOverride") return "Normal";
  const isGood = ["Assigned", "Accepted", "Connected", "DesiredApplied"].includes(type);
  return isGood === (status === "True") ? "Normal" : "Warning";
}
