import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { Registry } from "prom-client";
import { CloudHub } from "../../src/cloud/cloudHub/cloudHub.ts";
import { HUB_TIMING, type HubTiming } from "../../src/cloud/cloudHub/edgeSession.ts";
import { Authority } from "../../src/cloud/enrolment/authority.ts";
import { Enroller } from "../../src/cloud/enrolment/enroller.ts";
import { EnrolmentServer } from "../../src/cloud/enrolment/enrolmentServer.ts";
import { issueToken } from "../../src/cloud/enrolment/joinToken.ts";
import type { Secrets } from "../../src/cloud/enrolment/secrets.ts";
import { TokenUses } from "../../src/cloud/enrolment/tokenUses.ts";
import type { CloudEvents } from "../../src/cloud/events.ts";
import { join } from "../../src/edge/commands/join.ts";
import { EdgeHub } from "../../src/edge/edgeHub/edgeHub.ts";
import { EDGE_HUB_TIMING, type EdgeHubTiming } from "../../src/edge/edgeHub/hubSession.ts";
import type { EdgeEvents } from "../../src/edge/events.ts";
import { Bus } from "../../src/shared/kit/bus.ts";
import { Fault } from "../../src/shared/kit/fault.ts";
import type { Logger } from "../../src/shared/kit/logger.ts";
import { systemClock } from "../../src/shared/kit/time.ts";
import { ScriptedBook, ScriptedSink, ScriptedStore } from "./linkScripts.ts";

export const QUIET: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => QUIET };

interface Timing {
  readonly hub: HubTiming;
  readonly edge: EdgeHubTiming;
}

/** So short that a test of silence is over soon; for tests of nothing else, since a busy machine is silent for as long. */
export const QUICK: Timing = {
  hub: { pingMs: 100, silenceMs: 1000, helloMs: 1000, drainMs: 1000 },
  edge: { pingMs: 100, silenceMs: 1000, openMs: 5000, acknowledgeMs: 30_000 },
};

/** The Secrets of a namespace, in memory, with the API's conflict. */
export class MemorySecrets implements Secrets {
  readonly #kept = new Map<string, Readonly<Record<string, string>>>();

  async read(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    return this.#kept.get(name);
  }

  async create(name: string, data: Readonly<Record<string, string>>): Promise<void> {
    if (this.#kept.has(name)) throw new Fault("state.conflict", `Secret ${name} is there`);
    this.#kept.set(name, data);
  }
}

/** What was thrown in a handler of a bus must fail the test, not vanish. */
const newBus = <Events extends object>() =>
  new Bus<Events>((name, error) => {
    throw new Error(`a handler of ${String(name)} threw`, { cause: error });
  });

/** A cloud without Kubernetes: real authority, enrolment and hub, with a book and a sink that tests write. */
export class LinkRig {
  readonly secrets = new MemorySecrets();
  readonly book = new ScriptedBook();
  readonly sink = new ScriptedSink();
  readonly bus = newBus<CloudEvents>();
  readonly enrolled: { readonly node: string; readonly site: string | undefined }[] = [];
  readonly directory: string;
  clock = systemClock;
  registry = new Registry();
  authority: Authority;
  hub: CloudHub;
  enrolment: EnrolmentServer;
  readonly #timing: Timing;
  readonly #edges: LinkEdge[] = [];

  private constructor(directory: string, timing: Timing) {
    this.directory = directory;
    this.#timing = timing;
    this.authority = this.#newAuthority();
    this.hub = this.#newHub(0);
    this.enrolment = this.#newEnrolment();
  }

  static async open(timing: Timing = { hub: HUB_TIMING, edge: EDGE_HUB_TIMING }): Promise<LinkRig> {
    const rig = new LinkRig(await mkdtemp(joinPath(tmpdir(), "edgeloom-link-")), timing);
    await rig.authority.start();
    await rig.hub.start();
    await rig.enrolment.start();
    return rig;
  }

  async close(): Promise<void> {
    await Promise.all(this.#edges.map(({ hub }) => hub.stop()));
    await this.enrolment.stop();
    await this.hub.stop();
    await this.authority.stop();
    await rm(this.directory, { recursive: true });
  }

  get server(): string {
    return `127.0.0.1:${this.enrolment.port}`;
  }

  get hubUrl(): string {
    return `wss://127.0.0.1:${this.hub.port}`;
  }

  /** Takes the place of a process that ended: same Secrets, same port, nothing else. */
  async startHubAgain(): Promise<void> {
    const { port } = this.hub;
    this.registry = new Registry();
    this.authority = this.#newAuthority();
    this.hub = this.#newHub(port);
    await this.authority.start();
    await this.hub.start();
  }

  /** The authority of one more cloud on the same Secrets. */
  async anotherAuthority(): Promise<Authority> {
    const authority = this.#newAuthority();
    await authority.start();
    return authority;
  }

  async token(request: { ttlMs?: number; node?: string; uses?: number } = {}): Promise<string> {
    const { token } = await issueToken(this.secrets, { ttlMs: 60_000, now: this.clock.now(), ...request });
    return token;
  }

  root(name: string): string {
    return joinPath(this.directory, name);
  }

  async join(name: string, token?: string): Promise<void> {
    await join({
      server: this.server,
      token: token ?? (await this.token()),
      name,
      root: this.root(name),
      progress: () => {},
      signal: AbortSignal.timeout(10_000),
    });
  }

  /** An edge with a certificate, not started. */
  async edge(name: string, parts: { store?: ScriptedStore; url?: string } = {}): Promise<LinkEdge> {
    await this.join(name);
    const edge = new LinkEdge({
      pki: joinPath(this.root(name), "pki"),
      url: parts.url ?? this.hubUrl,
      store: parts.store ?? new ScriptedStore(name),
      timing: this.#timing.edge,
    });
    this.#edges.push(edge);
    return edge;
  }

  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    return metricOf(this.registry, name, labels);
  }

  #newAuthority(): Authority {
    return new Authority({
      secrets: this.secrets,
      names: ["127.0.0.1"],
      clock: { ...systemClock, now: () => this.clock.now() },
      log: QUIET,
    });
  }

  #newHub(port: number): CloudHub {
    return new CloudHub({
      ...{ host: "127.0.0.1", port, authority: this.authority, assignments: this.book, sink: this.sink },
      ...{
        bus: this.bus,
        version: "test",
        timing: this.#timing.hub,
        registry: this.registry,
        clock: systemClock,
        log: QUIET,
      },
    });
  }

  #newEnrolment(): EnrolmentServer {
    const enroller = new Enroller({
      authority: this.authority,
      uses: new TokenUses(this.secrets),
      nodes: { enrolled: async (node, { site }) => void this.enrolled.push({ node, site }) },
      clock: { ...systemClock, now: () => this.clock.now() },
    });
    return new EnrolmentServer({
      ...{ host: "127.0.0.1", port: 0, authority: this.authority, enroller, registry: this.registry, log: QUIET },
      hubUrl: (host) => `wss://${host}:${this.hub.port}`,
    });
  }
}

interface LinkEdgeParts {
  readonly pki: string;
  readonly url: string;
  readonly store: ScriptedStore;
  readonly timing: EdgeHubTiming;
}

/** An edge that is nothing but its link: what arrives is on its disk at once. */
export class LinkEdge {
  readonly bus = newBus<EdgeEvents>();
  readonly registry = new Registry();
  readonly store: ScriptedStore;
  readonly hub: EdgeHub;
  readonly #life = new AbortController();

  constructor({ pki, url, store, timing }: LinkEdgeParts) {
    this.store = store;
    this.hub = new EdgeHub({
      ...{ url, store, bus: this.bus, version: "test", site: undefined, timing },
      files: { ca: `${pki}/ca.crt`, certificate: `${pki}/edge.crt`, key: `${pki}/edge.key` },
      ...{ registry: this.registry, clock: systemClock, random: Math.random, log: QUIET },
    });
    this.bus.on("assignment.received", ({ assignment }) => this.#keep(assignment), this.#life.signal);
    this.bus.on("assignment.withdrawn", ({ key, uid }) => store.remove(key, uid), this.#life.signal);
  }

  /** A commit of the twin. */
  report(key: `${string}/${string}`, property: string, value: string): void {
    const { uid, rev } = this.store.set(key, property, value);
    this.bus.emit("twin.changed", { key, uid, rev, reported: [], desired: [] });
  }

  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    return metricOf(this.registry, `edgeloom_edge_hub_${name}`, labels);
  }

  #keep(assignment: Parameters<ScriptedStore["assign"]>[0]): void {
    this.store.assign(assignment);
    const { spec, digest } = assignment;
    this.bus.emit("assignment.stored", { key: spec.key, uid: spec.uid, digest });
  }
}

async function metricOf(registry: Registry, name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const { values = [] } = (await registry.getSingleMetric(name)?.get()) ?? {};
  return values
    .filter((value) => Object.entries(labels).every(([label, text]) => value.labels[label] === text))
    .reduce((sum, { value }) => sum + value, 0);
}

/** The payload of the next event of that name, or of the next that fits. */
export function next<Events extends object, Name extends keyof Events>(
  bus: Bus<Events>,
  name: Name,
  fits: (payload: Events[Name]) => boolean = () => true,
): Promise<Events[Name]> {
  return new Promise((resolve) => {
    const life = new AbortController();
    bus.on(
      name,
      (payload) => {
        if (!fits(payload)) return;
        life.abort();
        resolve(payload);
      },
      life.signal,
    );
  });
}
