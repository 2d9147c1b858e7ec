import { request } from "node:https";
import { createInterface } from "node:readline";
import type { DevStack } from "./devStack.ts";

/** Follows a collection from now on; resolves once the watch is open. */
export async function watchObjects(
  stack: DevStack,
  path: string,
  signal: AbortSignal,
  onObject: (object: Record<string, unknown>) => void,
): Promise<void> {
  const { body } = await stack.api("GET", path);
  const { resourceVersion } = body["metadata"] as { resourceVersion: string };
  const { server, ca, token } = stack.access();
  await new Promise<void>((open, failed) => {
    const call = request(
      new URL(`${path}?watch=true&resourceVersion=${resourceVersion}`, server),
      { ca, headers: { authorization: `Bearer ${token}`, accept: "application/json" }, signal },
      (response) => {
        const lines = createInterface(response);
        lines.on("line", (line) => {
          const event = JSON.parse(line) as { object: Record<string, unknown> };
          onObject(event.object);
        });
        lines.on("error", () => {}); // the signal ended it
        open();
      },
    );
    call.on("error", (error) => (signal.aborted ? undefined : failed(error)));
    call.end();
  });
}
