import { isFault, textOf } from "../shared/kit/fault.ts";
import { createLogger } from "../shared/kit/pinoLogger.ts";
import { systemClock } from "../shared/kit/time.ts";
import { readArguments } from "./config.ts";
import { loadDriver } from "./registry.ts";
import { startRuntime } from "./runtime/runtime.ts";

/**
 * A mapper process: one protocol, started by the edge, which it speaks to over Node's IPC. It lives as long as its
 * parent does. SIGTERM ends it in order; what is no Fault ends it at once, and the edge starts another.
 */
async function main(): Promise<void> {
  // Registered before anything is awaited: what the edge sends first waits here for the runtime.
  const early: unknown[] = [];
  let receive = (message: unknown): void => void early.push(message);
  process.on("message", (message) => receive(message));

  const { protocol, logLevel } = readArguments(process.argv.slice(2));
  const log = createLogger({ level: logLevel, process: `mapper-${protocol}` });
  const driver = await loadDriver(protocol);
  const runtime = startRuntime(
    {
      send: (message) => void process.send?.(message, undefined, undefined, () => {}), // a lost parent is told by `disconnect`
      onMessage(handler) {
        receive = handler;
        for (const message of early) handler(message);
      },
    },
    { driver, log, clock: systemClock, random: Math.random, onCrash: fail },
  );

  const stop = () => void runtime.close().then(() => process.exit(0), fail);
  process.once("SIGTERM", stop);
  process.once("disconnect", stop);
  process.on("SIGINT", () => {}); // Ctrl-C goes to the parent, too, which ends this process in its order
  if (process.connected !== true) stop();
}

/** The last line on stderr is what the edge shows as the reason. */
function fail(error: unknown): void {
  if (error instanceof Error && !isFault(error)) process.stderr.write(`${error.stack}\n`);
  process.stderr.write(`${textOf(error)}\n`);
  process.exit(1);
}

await main().catch(fail);
