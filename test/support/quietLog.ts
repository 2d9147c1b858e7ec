import type { Logger } from "../../src/shared/kit/logger.ts";

/** A log that nobody reads. */
export const quietLog: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => quietLog,
};
