/** Where the messages of one client go. */
/** Codes of RFC 6455, 7.4.1, with which a stream ends. */
export const ENDS = { over: 1000, agentStops: 1001, notAllowed: 1008 } as const
export type End = keyof typeof ENDS

export interface Outlet {
  readonly kind: 'websocket' | 'sse'
  /** Sends whole messages. False: no more until `onDrain`. */
  write(bytes: Buffer): boolean
  /** A message without a number. */
  toMessage(text: string): Buffer
  /** Says that nothing more comes, and why. Safe twice. */
  end(end: End): void
  onDrain(run: () => void): void
  onClose(run: () => void): void
  /** Asks the client whether it is there, and breaks off if it did not answer the last time. */
  ping(): void
}
