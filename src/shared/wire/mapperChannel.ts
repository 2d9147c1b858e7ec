import type { ToMapper } from "./mapperMessages.ts";

/**
 * The edge's end of the line to one running mapper, which serves one protocol: a child process, or the same code
 * inline. What comes in is not checked yet. Messages keep their order; after an exit, sending does nothing.
 */
export interface MapperChannel {
  send(message: ToMapper): void;
  /** One handler, set before the first message can arrive, so in the same turn of the event loop as the start. */
  onMessage(handler: (message: unknown) => void): void;
  /** Called once, with a sentence, when the mapper has ended or could not start; not after `close`. */
  onExit(handler: (reason: string) => void): void;
  /** Resolves once the mapper is gone; forces it after a while. Safe to call twice and after an exit. */
  close(): Promise<void>;
}

/** Starts the mapper of a protocol and returns at once; a failure to start is told by `onExit`. */
export type StartMapper = (protocol: string) => MapperChannel;
