import { pino } from "pino";
import type { Level, Logger } from "./logger.ts";

/** Keys whose values never reach a log, wherever a caller puts them. */
const SECRET_KEYS = ["password", "token", "privateKey", "authorization", "secret"];

/** JSON lines on stdout: `level`, `time` (ISO 8601), `msg`, and the fields of the call. */
export function createLogger({ level, process: name }: { level: Level; process: string }): Logger {
  return pino({
    level,
    base: { process: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: "(secret)" },
    serializers: { fault: pino.stdSerializers.err, error: pino.stdSerializers.err },
    // pino takes fields first; our Logger takes the constant message first.
    hooks: {
      logMethod(args, method) {
        const [message, fields] = args as unknown as [string, object?];
        if (fields === undefined) method.call(this, message);
        else method.call(this, fields, message);
      },
    },
  }) as unknown as Logger;
}
