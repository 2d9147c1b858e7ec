import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { JsonObject, JsonValue } from "../../src/kube/json.ts";
import { isObject, listAt, objectAt, textAt } from "../../src/kube/json.ts";
import { parseJson } from "../../src/kube/strictJson.ts";

/** Conversations recorded from a real Kubernetes 1.32 (test/golden/kubernetes/README.md), as oracles for pure functions. */
const ROOT = path.resolve(import.meta.dirname, "../golden/kubernetes");

export interface RecordedStep {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject;
  readonly status: number;
  readonly answer: JsonObject;
}

export function readRecording(file: string): JsonValue {
  return parseJson(readFileSync(path.join(ROOT, file), "utf8"));
}

/** The requests of one scenario that carry a JSON object, with what the real server answered. */
export function recordedSteps(file: string): RecordedStep[] {
  return (listAt(readRecording(file), "steps") ?? []).flatMap((step) => {
    const request = objectAt(step, "request");
    const body = objectAt(request, "body");
    const response = objectAt(step, "response");
    if (body === undefined || response === undefined || "$text" in body) {
      return [];
    }
    return [
      {
        method: textAt(request, "method") ?? "",
        path: textAt(request, "path") ?? "",
        body,
        status: Number(response["status"]),
        answer: objectAt(response, "body") ?? {},
      },
    ];
  });
}

/** The recorded definition of the test resource. */
export function recordedDefinition(name: "widgets" | "gauges"): JsonObject {
  const file = readRecording(`crds/${name}.json`);
  const definition = Array.isArray(file) ? file[0] : file;
  if (!isObject(definition)) {
    throw new Error(`crds/${name}.json holds no definition`);
  }
  return definition;
}

/** The causes of a recorded 422 as comparable lines. */
export function recordedCauses(answer: JsonObject): string[] {
  return (listAt(objectAt(answer, "details"), "causes") ?? []).filter(isObject).map(lineOf).sort();
}

/** A cause on one line: field, reason, message. */
export function lineOf(cause: { readonly [key: string]: unknown } | JsonObject): string {
  return `${cause["field"]} | ${cause["reason"]} | ${cause["message"]}`;
}
