/** A server's answer to a request over HTTP, as the pipeline understands it. */
import { shorten } from '../../pipeline/printable.ts'
import { type HttpAnswer, isJson, toRefusal } from '../shared/http/refusal.ts'
import { decodeAnswer, MOST_SAID } from '../shared/otlp-answer.ts'
import type { ExportAnswer } from '../shared/protocol.ts'

/** OTLP specification 1.x, "Retryable Response Codes". */
const RETRYABLE = new Set([429, 502, 503, 504])

/** What the server said of a request that it took. Throws PipelineError for any other status. */
export function readAnswer(answer: HttpAnswer, address: string, nowMs: number): ExportAnswer {
  const { status, body } = answer
  if (status >= 200 && status < 300) return isJson(answer) ? readJson(body) : decodeAnswer(body)
  throw toRefusal(answer, { address, nowMs, retryable: RETRYABLE.has(status) })
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
