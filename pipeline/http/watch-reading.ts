/** Notices clients that do not read. */
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'

interface WatchOptions {
  readonly timeoutMs: number
  readonly clock: Pick<Clock, 'after' | 'every'>
  /** Called when the client has not read. */
  readonly cut: () => void
}

/**
 * The answer on the socket must be read within the timeout. Once it goes on, which is as long as its server likes, some of what waits must be
 * read in each such time. `end` stops watching.
 */
export function watchReading(socket: Socket, { timeoutMs, clock, cut }: WatchOptions) {
  let stop = clock.after(timeoutMs, cut)
  const look = (before: { readBytes: number }): void => {
    const readBytes = toReadBytes(socket)
    if (socket.writableLength > 0 && readBytes === before.readBytes) cut()
    before.readBytes = readBytes
  }
  return {
    goOn(): void {
      stop()
      const before = { readBytes: toReadBytes(socket) }
      stop = clock.every(timeoutMs, () => look(before))
    },
    end: (): void => stop(),
  }
}

/** The bytes that have left for good. */
function toReadBytes({ bytesWritten, writableLength }: Socket): number {
  return bytesWritten - writableLength
}
