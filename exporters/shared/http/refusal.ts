/** What a server's answer means that did not take a request. */
import { PipelineError } from '../../../pipeline/errors.ts'
import { shorten } from '../../../pipeline/printable.ts'
import { ProtoMessage } from '../../../pipeline/proto-message.ts'
import { MOST_SAID } from '../otlp-answer.ts'
import { boundRetryDelay } from '../retry-delay.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Its beginning, if it is long. */
  readonly body: Uint8Array
}

/** The error's cause: for the label of the attempt. */
interface HttpFailure {
  readonly status: number | string
}

interface Refused {
  readonly address: string
  readonly nowMs: number
  readonly retryable: boolean
  /** Remedy. */
  readonly hint?: string
}

/** The answer as an error of the pipeline: PIPE_REJECTED, or one that may pass, after as long as the server asked for. */
export function toRefusal(answer: HttpAnswer, { address, nowMs, retryable, hint }: Refused): PipelineError {
  const { status } = answer
  const retryAfterMs = retryable ? readRetryAfter(answer.headers['retry-after'], nowMs) : undefined
  const said = sayWhy(answer)
  return new PipelineError(
    retryable ? 'PIPE_DOWNSTREAM_UNAVAILABLE' : 'PIPE_REJECTED',
    `${address}: must accept the request, got ${status}${said && `: ${said}`}${hint === undefined ? '' : `; ${hint}`}`,
    {
      retryable,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      cause: { status } satisfies HttpFailure,
    },
  )
}

/** The outcome of a failed attempt: the status, or why there was none. */
export function outcomeOfFailure(error: unknown): string {
  const { status } = ((error as Error).cause ?? {}) as Partial<HttpFailure>
  return status === undefined ? 'CANCELLED' : String(status)
}

export function isJson({ headers }: HttpAnswer): boolean {
  return /^application\/json\b/i.test(String(headers['content-type'] ?? ''))
}

/** RFC 9110, 10.2.3: seconds or a date. */
function readRetryAfter(header: string | string[] | undefined, nowMs: number): number | undefined {
  const text = String(header ?? '').trim()
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isNaN(ms) ? undefined : boundRetryDelay(ms)
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
