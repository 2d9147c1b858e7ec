import type { Aedes } from "aedes";

interface Target {
  readonly clientId: string;
}

/** The part of aedes' store of sessions that is bounded here. */
interface SessionStore {
  outgoingEnqueue(target: Target, packet: unknown): Promise<void>;
  outgoingEnqueueCombi(targets: readonly Target[], packet: unknown): Promise<void>;
  outgoingClearMessageId(client: { readonly id: string }, packet: unknown): Promise<unknown>;
}

interface Limits {
  readonly maxQueued: number;
  isConnected(clientId: string): boolean;
  onDropped(clientId: string): void;
}

/** A client that is here may have this many times more under way, until it acknowledges them. */
const CONNECTED_FACTOR = 20;

/** Bounds the queues of persistent sessions, which aedes' memory store lets grow without end. The newest is dropped. */
export function limitSessions(aedes: Aedes, { maxQueued, isConnected, onDropped }: Limits): void {
  const store = storeOf(aedes);
  const queued = new Map<string, number>();
  const hasRoom = ({ clientId }: Target): boolean => {
    const count = queued.get(clientId) ?? 0;
    if (count >= maxQueued * (isConnected(clientId) ? CONNECTED_FACTOR : 1)) {
      onDropped(clientId);
      return false;
    }
    queued.set(clientId, count + 1);
    return true;
  };
  const enqueue = store.outgoingEnqueue.bind(store);
  const enqueueAll = store.outgoingEnqueueCombi.bind(store);
  const clear = store.outgoingClearMessageId.bind(store);
  store.outgoingEnqueue = async (target, packet) => {
    if (hasRoom(target)) await enqueue(target, packet);
  };
  store.outgoingEnqueueCombi = async (targets, packet) => {
    if (targets.length > 0) await enqueueAll(targets.filter(hasRoom), packet);
  };
  store.outgoingClearMessageId = async (client, packet) => {
    const cleared = await clear(client, packet);
    if (cleared === undefined) return cleared;
    const left = (queued.get(client.id) ?? 1) - 1;
    if (left > 0) queued.set(client.id, left);
    else queued.delete(client.id);
    return cleared;
  };
}

/** aedes has its store as a public member that its types leave out. */
function storeOf(aedes: Aedes): SessionStore {
  return (aedes as unknown as { persistence: SessionStore }).persistence;
}
