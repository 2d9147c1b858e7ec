import type { MapperChannel } from "../../src/shared/wire/mapperChannel.ts";
import type { FromMapper, ToMapper } from "../../src/shared/wire/mapperMessages.ts";

/** One life of a mapper: what it was told, and what the test lets it say. */
export class ScriptedMapper implements MapperChannel {
  readonly protocol: string;
  readonly told: ToMapper[] = [];
  isClosed = false;
  #onMessage: (message: unknown) => void = () => {};
  #onExit: (reason: string) => void = () => {};

  constructor(protocol: string) {
    this.protocol = protocol;
  }

  send(message: ToMapper): void {
    this.told.push(structuredClone(message));
  }

  onMessage(handler: (message: unknown) => void): void {
    this.#onMessage = handler;
  }

  onExit(handler: (reason: string) => void): void {
    this.#onExit = handler;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  say(message: FromMapper): void {
    this.#onMessage(message);
  }

  /** Something that no mapper of ours would say. */
  babble(message: unknown): void {
    this.#onMessage(message);
  }

  ready(): void {
    this.say({ kind: "ready", protocol: this.protocol });
  }

  die(reason: string): void {
    this.#onExit(reason);
  }

  /** Everything of one kind that it was told, and forgets it. */
  take<Kind extends ToMapper["kind"]>(kind: Kind): Extract<ToMapper, { kind: Kind }>[] {
    const isKind = (message: ToMapper): message is Extract<ToMapper, { kind: Kind }> => message.kind === kind;
    const taken = this.told.filter(isKind);
    this.told.splice(0, this.told.length, ...this.told.filter((message) => !isKind(message)));
    return taken;
  }
}

/** Starts scripted mappers, and knows all that were started. */
export class ScriptedMappers {
  readonly lives: ScriptedMapper[] = [];
  readonly #prompt: boolean;

  /** `prompt`: each is ready by itself, a little after its start, as a child process is. */
  constructor({ prompt = false }: { readonly prompt?: boolean } = {}) {
    this.#prompt = prompt;
  }

  readonly start = (protocol: string): ScriptedMapper => {
    const life = new ScriptedMapper(protocol);
    this.lives.push(life);
    if (this.#prompt) setImmediate(() => life.ready());
    return life;
  };

  get last(): ScriptedMapper {
    const last = this.lives.at(-1);
    if (last === undefined) throw new Error("no mapper was started");
    return last;
  }
}
