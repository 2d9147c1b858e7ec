import { parseRequest } from "../../shared/wire/topics.ts";

/** Requests of KubeEdge's dialect that need no more than a right; who answers them is not the broker's business. */
const KUBEEDGE_REQUEST = /^\$hw\/events\/(?:device\/[^/]+\/[^/]+\/state\/(?:update|get)|node\/[^/]+\/membership\/get)$/;

/** What the edge itself says: a client that published there would speak with the edge's or the cloud's voice. */
const RESERVED = /^(?:devices|\$SYS|\$edgeloom|\$hw\/events\/(?:device|node))(?:\/|$)/;

/** `request`: asks the edge for something; `reserved`: only the edge speaks there; `own`: the clients' business. */
export type TopicRight = "request" | "reserved" | "own";

/** What a local client's publication on this topic is. */
export function rightOn(topic: string): TopicRight {
  if (!RESERVED.test(topic)) return "own";
  return parseRequest(topic) !== undefined || KUBEEDGE_REQUEST.test(topic) ? "request" : "reserved";
}
