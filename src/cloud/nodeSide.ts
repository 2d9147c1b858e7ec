import type { EventRecorder } from "./cluster/eventRecorder.ts";
import { isManaged, type NodeCondition, type NodeResource, type NodeWriter, readyOf } from "./cluster/nodeResource.ts";
import type { Watcher } from "./cluster/watcher.ts";
import type { NodeView } from "./controllers/nodeController.ts";

/** The Nodes as the node controller sees them, on the watch and the writer. */
export function nodeSide({
  nodes,
  writer,
  recorder,
}: {
  readonly nodes: Watcher<NodeResource>;
  readonly writer: NodeWriter;
  readonly recorder: EventRecorder;
}) {
  const viewOf = (node: NodeResource): NodeView => ({
    name: node.metadata.name,
    uid: node.metadata.uid ?? "",
    isManaged: isManaged(node),
    readyReason: readyOf(node)?.reason ?? "",
  });
  return {
    nodes: {
      get: (name: string) => {
        const node = nodes.get(name);
        return node === undefined ? undefined : viewOf(node);
      },
      names: () => [...nodes.list()].map(({ metadata }) => metadata.name),
      onChange: (handler: (name: string) => void, signal: AbortSignal) =>
        nodes.onChange((name) => handler(name), signal),
    },
    writer: {
      ensure: async (name: string) => viewOf(await writer.ensure(name)),
      async writeReady(name: string, ready: Pick<NodeCondition, "status" | "reason" | "message">) {
        const node = nodes.get(name) ?? (await writer.ensure(name));
        await writer.writeReady(node, ready);
        const { uid = "" } = node.metadata;
        const type = ready.status === "True" ? "Normal" : "Warning";
        const { reason, message } = ready;
        recorder.record({ about: { apiVersion: "v1", kind: "Node", name, uid }, type, reason, message });
      },
    },
  };
}
