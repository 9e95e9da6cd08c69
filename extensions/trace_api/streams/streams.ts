/** The streams that are being read: how many, by whom, and what each needs to stay. */

import { onAbort } from '../../../pipeline/abort.ts'
import type { Clock } from '../../../pipeline/clock.ts'
import type { StreamReader } from '../../../trace/jobs/job.ts'
import { ApiError } from '../api-error.ts'
import type { Telemetry } from '../telemetry.ts'
import { EncodedChunks, toEvents, toFrames } from './encoded.ts'
import type { Outlet } from './outlet.ts'
import { Pump } from './pump.ts'

interface StreamsOptions {
  readonly clients: number
  readonly clientsPerUser: number
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** Some proxies close connections that are silent for 30 s. */
const PING_MS = 27_000
/** For all streams together; each of its two kinds of clients. */
const MAX_ENCODED_BYTES = 8 * 1024 * 1024

/** A stream and its client. */
interface Reading {
  readonly reader: StreamReader
  readonly run: string
  readonly outlet: Outlet
}

export class Streams {
  readonly #options: StreamsOptions
  readonly #readers = new Map<string, number>()
  readonly #chunks = {
    websocket: new EncodedChunks(toFrames, MAX_ENCODED_BYTES),
    sse: new EncodedChunks(toEvents, MAX_ENCODED_BYTES),
  }

  constructor(options: StreamsOptions) {
    this.#options = options
  }

  /** Takes a place for a stream of the user's until the function it gives is called. Throws 429, and 503 where there is none for anybody. */
  enter(user: string): () => void {
    const { clients, clientsPerUser, telemetry } = this.#options
    const own = this.#readers.get(user) ?? 0
    const total = [...this.#readers.values()].reduce((sum, count) => sum + count, 0)
    if (own >= clientsPerUser)
      throw new ApiError(429, `streams: must be at most ${clientsPerUser} of one user; close one`)
    if (total >= clients) throw new ApiError(503, `streams: must be at most ${clients}; try again later`)
    this.#readers.set(user, own + 1)
    telemetry.opened(1)
    let isOpen = true
    return () => {
      if (!isOpen) return
      isOpen = false
      const left = this.#readers.get(user)! - 1
      if (left > 0) this.#readers.set(user, left)
      else this.#readers.delete(user)
      telemetry.opened(-1)
    }
  }

  /** Brings what the reader has to the client until one of them ends. */
  carry({ reader, run, outlet }: Reading): void {
    const { telemetry } = this.#options
    const { kind } = outlet
    const pump = new Pump({
      reader,
      run,
      outlet,
      chunks: this.#chunks[kind],
      sent: messages => telemetry.sent(messages, kind),
      missed: telemetry.missed,
    })
    pump.start()
  }

  /** Pings the client, ends the stream with the agent's route, and when its user may no longer read it. */
  mind(outlet: Outlet, closing: AbortSignal, isAllowed: () => Promise<boolean>): void {
    const stopPings = this.#options.clock.every(PING_MS, () => {
      outlet.ping()
      void isAllowed().then(
        isSo => isSo || outlet.end('notAllowed'),
        () => {}, // who knows is away: as before
      )
    })
    const ending = onAbort(closing, () => outlet.end('agentStops'))
    outlet.onClose(() => {
      stopPings()
      ending[Symbol.dispose]()
    })
  }
}
