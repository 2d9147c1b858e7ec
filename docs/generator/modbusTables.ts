import type { z } from "zod";
import { type KeyFacts, keyFacts } from "../../src/shared/model/configKey.ts";
import { code, table } from "./table.ts";

const KUBEEDGE = /^KubeEdge: (.)/;

/** The keys of a `configData`: ours, or those that KubeEdge has, too. */
export function keyTable(keys: z.ZodObject, dialect: "ours" | "kubeedge"): string {
  const rows = Object.entries(keyFacts(keys))
    .filter(([, { description }]) => KUBEEDGE.test(description) === (dialect === "kubeedge"))
    .map(([name, facts]) => [
      code(name),
      takes(facts),
      code(facts.default),
      code(facts.example),
      facts.description.replace(KUBEEDGE, (_, first: string) => first.toUpperCase()),
    ]);
  return table(["key", "takes", "default", "example", "meaning"], rows);
}

function takes({ kind, minimum, maximum, choices }: KeyFacts): string {
  if (choices !== undefined) return choices.map(code).join(", ");
  const from = minimum === undefined ? "" : ` from ${minimum}`;
  const to = maximum === undefined ? "" : ` to ${maximum}`;
  return `${kind}${from}${to}`;
}
