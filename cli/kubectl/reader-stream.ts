/** What a Trace's Job has in its log, as the stream of messages that it was made of. */
import type { StreamMessage } from '../../client/watch.ts'
import { decodeMessage } from '../../trace/formats/messages.ts'
import { followReader, type ReaderLine, type ReaderOptions } from './reader-log.ts'

/** `{"endpoint":{"hostname":"10.0.0.1",…},"payload":{…}}` */
const LINE = /^\{"endpoint":(\{[^{}]*\}),"payload":(\{.*\})\}$/

export async function* readerStream(options: ReaderOptions): AsyncGenerator<StreamMessage> {
  const seen = new Seen()
  for await (const line of followReader(options)) {
    const streamed = decodeReaderLine(line)
    if (streamed === undefined || !seen.isNew(line.pod, streamed)) continue
    const missing = seen.missingBefore(streamed)
    if (missing > 0) yield toLost(streamed.node, missing)
    yield streamed
  }
}

/** The kubelet keeps so much of a log, and no more: who reads too slowly misses some. */
function toLost(node: string, calls: number): StreamMessage {
  const message = { version: 1, type: 'lost', calls, reason: 'log_rotated' } as const
  return { node, run: '', cursor: undefined, line: JSON.stringify(message), message }
}

/** A message with its node, by address as the line has it; undefined: the line is of something else. */
function decodeReaderLine({ text }: Pick<ReaderLine, 'text'>): StreamMessage | undefined {
  const [, endpoint, line] = LINE.exec(text) ?? []
  const message = line === undefined ? undefined : decodeMessage(line)
  if (line === undefined || message === undefined) return undefined
  const { hostname } = JSON.parse(endpoint!) as { readonly hostname?: string }
  return { node: hostname ?? '', run: '', cursor: undefined, line, message }
}

interface Progress {
  readonly pod: string
  readonly seq: number
  readonly time: string
  /** How far the pod before came. */
  readonly former: { readonly seq: number; readonly time: string } | undefined
}

/** A pod that takes the place of another begins with what the agents still have: that has been told, as far as the other came. */
class Seen {
  /** By node: the last message that was new. */
  readonly #last = new Map<string, Progress>()
  readonly #numbers = new Map<string, number>()
  /** Nodes whose last message was of losses. */
  readonly #told = new Set<string>()

  isNew(pod: string, { node, message }: Pick<StreamMessage, 'node' | 'message'>): boolean {
    const { seq } = message
    if (seq === undefined) return true
    const time = 'time' in message ? message.time : ''
    const last = this.#last.get(node)
    const former = last?.pod === pod ? last.former : last
    // Numbers begin anew with the agent; times do not.
    if (former !== undefined && seq <= former.seq && time <= former.time) return false
    this.#last.set(node, { pod, seq, time, former })
    return true
  }

  /** Messages that should have come before this one, which is new, and did not: what the agent tells of as lost is none of them. */
  missingBefore({ node, message: { seq, type } }: Pick<StreamMessage, 'node' | 'message'>): number {
    if (type === 'lost') this.#told.add(node)
    if (seq === undefined) return 0
    const before = this.#numbers.get(node)
    this.#numbers.set(node, seq)
    const wasTold = this.#told.delete(node)
    return before === undefined || wasTold ? 0 : Math.max(seq - before - 1, 0)
  }
}
