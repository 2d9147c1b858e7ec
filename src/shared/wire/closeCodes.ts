/** Why either end closes the WebSocket (RFC 6455, 7.4; 4000–4999 are ours). The reason goes along as text. */
export const CLOSE = {
  /** The process stops, or is told to. */
  goingAway: 1001,
  /** The other end keeps sending what is no frame, or says nothing in time. */
  misbehaved: 1008,
  /** We failed, not the other end. */
  failed: 1011,
  /** Another connection of the same node took over. */
  replaced: 4001,
} as const;
