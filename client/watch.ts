/**
 * A stream of messages that survives its connections: it begins anew behind the last message, and says so. Server-Sent Events, not a
 * WebSocket: they are answers like others, and pass what answers pass: the API server's proxies, and proxies that know no upgrades.
 */
import type { IncomingMessage } from 'node:http'
import { onAbort } from '../pipeline/abort.ts'
import { pause } from '../pipeline/pause.ts'
import { type Cursor, decodeCursor, formatCursor, NODE_HEADER, RUN_HEADER } from '../trace/api/stream.ts'
import { decodeMessage, type TraceMessage } from '../trace/formats/messages.ts'
import { type ClientError, notAnAgent, unreachable } from './errors.ts'
import type { Transport } from './http.ts'
import { readEvents } from './sse.ts'

/** Agents send something every 27 s; a connection that is silent for longer is dead. */
const SILENCE_MS = 70_000
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 15_000

export interface WatchOptions {
  /** Behind this message; absent: from now on. */
  readonly after?: Cursor | undefined
  readonly abort?: AbortSignal | undefined
  /** A job that is not there: the end of the stream, or to be waited for, as after a restart of an agent that is told of it again. */
  readonly whenMissing?: 'fail' | 'retry' | undefined
  /** Longest without a connection, after which the stream fails; absent: 5 minutes. 0: the first failure is the last. */
  readonly patienceMs?: number | undefined
}

/** A message with where it came from. */
export interface StreamMessage {
  /** As the agent names its node. */
  readonly node: string
  readonly run: string
  /** Where to go on behind it; undefined: it has no number of its own. */
  readonly cursor: Cursor | undefined
  /** The line as it came. */
  readonly line: string
  readonly message: TraceMessage
}

/** What became of the connection; calls may be missing behind `restarted`, which the agent tells in `lost` messages if it can. */
export interface ConnectionChange {
  readonly node: string | undefined
  readonly change: 'connected' | 'disconnected' | 'restarted'
  readonly error?: ClientError
}

export type Streamed = StreamMessage | ConnectionChange

interface Target {
  readonly transport: Transport
  /** `/jobs/ID/sse` */
  readonly path: string
  readonly options: WatchOptions
}

/**
 * Messages until the one of type `over`, which is the last; of a stream without an end until `abort`. Throws ClientError when the agent
 * refuses for good, or stays away.
 */
export async function* watchStream(target: Target): AsyncGenerator<Streamed> {
  const { abort, patienceMs = 300_000 } = target.options
  const { clock } = target.transport
  const progress = new Progress(target.options.after)
  let sinceMs = clock.monotonicMs()
  for (let attempt = 0; !abort?.aborted; attempt++) {
    try {
      for await (const streamed of watchOnce(target, progress)) {
        sinceMs = clock.monotonicMs()
        const message = 'message' in streamed ? streamed.message : undefined
        if (message && isToBeRenewed(message, target.options)) throw new Error('its job is to begin anew')
        if (message) attempt = 0
        yield streamed
        if (message?.type === 'over') return
      }
    } catch (error) {
      if (abort?.aborted) return
      const failure = unreachable(target.transport.name, error)
      if (!isWorthRetry(failure, target.options) || clock.monotonicMs() - sinceMs >= patienceMs) throw failure
      // A connection that says nothing and ends at once is no better than none.
      const hasLasted = progress.isConnected && clock.monotonicMs() - sinceMs > LONGEST_PAUSE_MS
      if (hasLasted) attempt = 0
      progress.isConnected = false
      // 404: not yet there.
      if (!progress.isTold && failure.status !== 404) {
        yield { node: progress.node, change: 'disconnected', error: failure } satisfies ConnectionChange
        progress.isTold = true
      }
      await pause(clock, failure.retryAfterMs ?? backOff(attempt), ...(abort ? [abort] : []))
    }
  }
}

/** Ends of a job that whoever keeps it up makes again. */
const RENEWABLE: readonly string[] = ['AgentStopped', 'LeaseExpired']

function isToBeRenewed(message: TraceMessage, { whenMissing }: WatchOptions): boolean {
  return whenMissing === 'retry' && message.type === 'over' && RENEWABLE.includes(message.reason)
}

/** Where a stream has come to. */
class Progress {
  cursor: Cursor | undefined
  node: string | undefined
  run: string | undefined
  isConnected = false
  /** That there is no connection; also the first time, or a wrong address would look like a job without calls. */
  isTold = false

  constructor(after: Cursor | undefined) {
    this.cursor = after
  }
}

function isWorthRetry(error: ClientError, { whenMissing = 'fail' }: WatchOptions): boolean {
  return error.isTemporary || (error.status === 404 && whenMissing === 'retry')
}

/** Between half and all of twice the time before: many clients of one agent do not come back at once. */
function backOff(attempt: number): number {
  const ms = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS)
  return ms / 2 + (Math.random() * ms) / 2
}

/** One connection. Always ends by an error: a stream ends with a message. */
async function* watchOnce(
  { transport, path, options }: Target,
  progress: Progress,
): AsyncGenerator<Streamed> {
  const { abort } = options
  const query =
    progress.cursor === undefined ? '' : `?after=${encodeURIComponent(formatCursor(progress.cursor))}`
  const answer = await transport.open({
    method: 'GET',
    path: path + query,
    headers: { accept: 'text/event-stream' },
    abort,
  })
  using _ = onAbort(abort, () => answer.destroy())
  using __ = { [Symbol.dispose]: () => void answer.destroy() }
  await check(transport, answer, abort)
  yield* connected(answer, progress)
  answer.setTimeout(SILENCE_MS, () => answer.destroy(new Error(`silence for ${SILENCE_MS / 1000} s`)))
  for await (const { id, data } of readEvents(answer)) {
    const message = decodeMessage(data)
    // Of a later version, which knows more: it is passed over.
    if (message === undefined) continue
    const cursor = id === undefined ? undefined : decodeCursor(id)
    if (cursor !== undefined) progress.cursor = cursor
    yield { node: progress.node!, run: progress.run!, cursor, line: data, message }
  }
  throw new Error('an end without a last message')
}

async function check(transport: Transport, answer: IncomingMessage, abort: AbortSignal | undefined) {
  if (answer.statusCode !== 200) throw transport.toRefusal(answer, await transport.readText(answer, abort))
  const type = answer.headers['content-type'] ?? 'nothing'
  if (!type.startsWith('text/event-stream')) throw notAnAgent(transport.name, `a stream of ${type}`)
}

function* connected({ headers }: IncomingMessage, progress: Progress): Generator<ConnectionChange> {
  const run = String(headers[RUN_HEADER] ?? '')
  const node = String(headers[NODE_HEADER] ?? '')
  const isOther = progress.run !== undefined && progress.run !== run
  progress.run = run
  progress.node = node
  progress.isConnected = true
  progress.isTold = false
  yield { node, change: isOther ? 'restarted' : 'connected' }
}
