import { textOf } from "./fault.ts";
import { type Clock, slept } from "./time.ts";

/** What a link needs of a WebSocket; that of `ws` fits. */
export interface FrameSocket {
  send(text: string, done: (error?: Error | null) => void): void;
  ping(): void;
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: "message", listener: (data: unknown, isBinary: boolean) => void): unknown;
  on(event: "close", listener: (code: number, reason: Buffer) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** When a link counts as dead. */
export interface LinkTiming {
  /** Both ends ping this often. */
  readonly pingMs: number;
  /** A link on which nothing came, or nothing could be sent, for this long is dropped (found within a ping period). */
  readonly silenceMs: number;
}

/** A half-open link is found within 24 s. */
export const LINK_TIMING: LinkTiming = { pingMs: 8000, silenceMs: 20_000 };

interface FrameLinkParts {
  readonly socket: FrameSocket;
  /** Bytes received so far: they show that the other end lives, even in the middle of a long frame. */
  readonly bytesRead: () => number;
  readonly clock: Clock;
  readonly timing: LinkTiming;
  /** The next frame to send; asked again after `wake`, and each time the last one has left. */
  readonly next: () => string | undefined;
  /** A text that came; undefined stands for a binary message. */
  readonly onFrame: (text: string | undefined) => void;
}

/** How a link ended: `us` and `them` by a goodbye or an error, `silence` by the watchdog. */
export interface LinkEnd {
  readonly by: "us" | "them" | "silence";
  readonly reason: string;
  /** Of a link that ended by silence: how long nothing had been heard, ms. */
  readonly silentMs?: number;
}

/**
 * One open WebSocket with text frames. Frames are pulled, not pushed: there is never more than one waiting in memory,
 * so a slow reader costs nothing but its own delay, and one that does not read at all is dropped.
 */
export class FrameLink {
  readonly #parts: FrameLinkParts;
  readonly #life = new AbortController();
  #sendingSince: number | undefined;
  #pumping = false;
  #end: LinkEnd | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: FrameLinkParts) {
    this.#parts = parts;
  }

  /** Resolves when the link is gone; rejects if `next` or `onFrame` threw. Call it once, at once. */
  async run(): Promise<LinkEnd> {
    const { socket, onFrame } = this.#parts;
    const closed = new Promise<LinkEnd>((resolve) => {
      socket.on("message", (data, isBinary) => this.#guard(() => onFrame(isBinary ? undefined : String(data))));
      socket.on("error", (error) => {
        this.#end ??= { by: "them", reason: textOf(error) };
      });
      socket.on("close", (code, reason) => {
        this.#life.abort();
        resolve(this.#end ?? { by: "them", reason: closeText(code, reason.toString()) });
      });
    });
    this.wake();
    const [end] = await Promise.all([closed, this.#watch()]);
    if (this.#failure) throw this.#failure.error;
    return end;
  }

  /** There may be something to send. What happens in the same turn of the event loop goes into the same frame. */
  wake(): void {
    if (this.#pumping || this.#life.signal.aborted) return;
    this.#pumping = true;
    void this.#pump();
  }

  /** Says goodbye; the socket's own close timeout bounds the wait for the answer. */
  close(code: number, reason: string): void {
    this.#end ??= { by: "us", reason };
    // RFC 6455, 5.5: a control frame carries 125 bytes, two of them the code.
    const bytes = Buffer.from(reason).subarray(0, 123);
    this.#parts.socket.close(code, new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).replace(/\uFFFD$/, ""));
  }

  #drop(end: LinkEnd): void {
    this.#end ??= end;
    this.#parts.socket.terminate();
  }

  async #pump(): Promise<void> {
    await undefined;
    try {
      for (;;) {
        const frame = this.#life.signal.aborted ? undefined : this.#guard(this.#parts.next);
        if (frame === undefined) return;
        await this.#write(frame);
      }
    } catch {
      // The socket is closing; `close` tells why.
    } finally {
      this.#pumping = false;
    }
  }

  async #write(frame: string): Promise<void> {
    this.#sendingSince = this.#parts.clock.monotonic();
    await new Promise<void>((resolve, reject) => {
      this.#parts.socket.send(frame, (error) => (error ? reject(error) : resolve()));
    });
    this.#sendingSince = undefined;
  }

  async #watch(): Promise<void> {
    const { clock, socket, bytesRead, timing } = this.#parts;
    const tickMs = timing.pingMs / 2;
    let bytes = -1;
    let heardAt = 0;
    let lastTick = clock.monotonic();
    for (let tick = 1; ; tick++) {
      const now = clock.monotonic();
      if (bytes !== bytesRead()) {
        bytes = bytesRead();
        heardAt = now;
      }
      // After a standstill of this process there may be unread bytes: judge a tick later.
      const late = now - lastTick > 2 * tickMs;
      lastTick = now;
      if (!late && now - heardAt >= timing.silenceMs)
        return this.#drop(silence(`nothing heard for ${Math.round(now - heardAt)} ms`, now - heardAt));
      if (!late && now - (this.#sendingSince ?? now) >= timing.silenceMs)
        return this.#drop(silence("the other end does not read", now - heardAt));
      if (tick % 2 === 0) socket.ping();
      if (!(await slept(clock, tickMs, this.#life.signal))) return;
    }
  }

  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#failure ??= { error };
      this.#drop({ by: "us", reason: textOf(error) });
      return undefined;
    }
  }
}

const silence = (reason: string, silentMs: number): LinkEnd => ({ by: "silence", reason, silentMs });

function closeText(code: number, reason: string): string {
  if (code === 1006) return "the connection was lost";
  return `closed by the other end: ${reason === "" ? code : `${reason} (${code})`}`;
}
