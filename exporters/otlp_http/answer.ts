/** A server's answer to a request over HTTP, as the pipeline understands it. */
import { PipelineError } from '../../pipeline/errors.ts'
import { shorten } from '../../pipeline/printable.ts'
import { ProtoMessage } from '../../pipeline/proto-message.ts'
import { decodeAnswer, MOST_SAID } from '../shared/otlp-answer.ts'
import type { ExportAnswer } from '../shared/protocol.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Its beginning, if it is long. */
  readonly body: Uint8Array
}

/** OTLP specification 1.x, "Retryable Response Codes". */
const RETRYABLE = new Set([429, 502, 503, 504])
/** A server that asks for more is asked again after a week. */
const LONGEST_RETRY_DELAY_MS = 7 * 24 * 3_600_000

/** The error's cause: for the label of the attempt. */
interface HttpFailure {
  readonly status: number
}

/** What the server said of a request that it took. Throws PipelineError for any other status. */
export function readAnswer(answer: HttpAnswer, address: string, nowMs: number): ExportAnswer {
  const { status, body } = answer
  if (status >= 200 && status < 300) return isJson(answer) ? readJson(body) : decodeAnswer(body)
  const retryable = RETRYABLE.has(status)
  const retryAfterMs = retryable ? readRetryAfter(answer.headers['retry-after'], nowMs) : undefined
  const said = sayWhy(answer)
  throw new PipelineError(
    retryable ? 'PIPE_DOWNSTREAM_UNAVAILABLE' : 'PIPE_REJECTED',
    `${address}: must accept the request, got ${status}${said && `: ${said}`}`,
    {
      retryable,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      cause: { status } satisfies HttpFailure,
    },
  )
}

function isJson({ headers }: HttpAnswer): boolean {
  return /^application\/json\b/i.test(String(headers['content-type'] ?? ''))
}

/** One that cannot be read still means that the request was taken. */
function readJson(body: Uint8Array): ExportAnswer {
  try {
    const { partialSuccess = {} } = JSON.parse(Buffer.from(body).toString())
    const rejected =
      partialSuccess.rejectedSpans ?? partialSuccess.rejectedDataPoints ?? partialSuccess.rejectedLogRecords
    const rejectedItems = Math.max(Math.trunc(Number(rejected ?? 0)) || 0, 0)
    return { rejectedItems, message: shorten(String(partialSuccess.errorMessage ?? ''), MOST_SAID) }
  } catch {
    return { rejectedItems: 0, message: '' }
  }
}

/** RFC 9110, 10.2.3: seconds or a date. */
function readRetryAfter(header: string | string[] | undefined, nowMs: number): number | undefined {
  const text = String(header ?? '').trim()
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_DELAY_MS)
}

/** The reason, short: the message of a google.rpc.Status, where the answer is one; where it leads elsewhere, the place. */
function sayWhy(answer: HttpAnswer): string {
  const { status, headers, body } = answer
  if (status >= 300 && status < 400)
    return shorten(
      `it leads to ${String(headers.location ?? 'nowhere').replace(/\?.*$/s, '')}; name that in endpoint`,
      MOST_SAID,
    )
  return shorten(messageOf(answer) || Buffer.from(body).toString(), MOST_SAID)
}

function messageOf(answer: HttpAnswer): string {
  try {
    if (isJson(answer)) return String(JSON.parse(Buffer.from(answer.body).toString()).message ?? '')
    if (!/protobuf/.test(String(answer.headers['content-type'] ?? ''))) return ''
    return new ProtoMessage(answer.body).text(2)
  } catch {
    return ''
  }
}
