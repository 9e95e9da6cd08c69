/**
 * Runs once the event loop has looked at all sockets again. What a client sent right behind its connection, or a hang-up right
 * behind its request, is known by then.
 */
export function afterPoll(run: () => void): void {
  setImmediate(() => setImmediate(run))
}
