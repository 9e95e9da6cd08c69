/** A server's answer to remote write, as the pipeline understands it. */
import { PipelineError } from '../../pipeline/errors.ts'
import { type HttpAnswer, toRefusal } from '../shared/http/refusal.ts'
import type { ExportAnswer } from '../shared/protocol.ts'

interface Asked {
  readonly address: string
  readonly nowMs: number
  /** Samples and histograms in the request; undefined: the server does not say how many it wrote, as in 1.0. */
  readonly sent: number | undefined
}

const OLDER = 'set protobuf_message to prometheus.WriteRequest if the server speaks 1.0 alone'

/**
 * "Prometheus Remote-Write", Retries & Backoff: 5xx are tried again, 429, too, other statuses never. Throws PipelineError
 * for a request that was not taken. By 2.0 a server says how much it wrote, and may have written a part of what it refuses.
 */
export function readAnswer(answer: HttpAnswer, { address, nowMs, sent }: Asked): ExportAnswer {
  const { status } = answer
  const isTaken = status >= 200 && status < 300
  const written = readWritten(answer)
  if (isTaken && sent === undefined) return { rejectedItems: 0, message: '' }
  if (isTaken && written === undefined && sent !== 0) throw saidNothing(address, status)
  const missing = Math.max((sent ?? 0) - (written ?? 0), 0)
  if (isTaken)
    return { rejectedItems: missing, message: missing === 0 ? '' : `${address}: wrote ${written} of ${sent}` }
  const retryable = status === 429 || status >= 500
  const refusal = toRefusal(answer, {
    address,
    nowMs,
    retryable,
    ...(status === 415 && sent !== undefined && { hint: OLDER }),
  })
  if (retryable || sent === undefined || !written) throw refusal
  return { rejectedItems: missing, message: refusal.message }
}

/** The sum of what the headers say was written; undefined if there are none. */
function readWritten({ headers }: HttpAnswer): number | undefined {
  const counts = ['samples', 'histograms'].flatMap(kind => {
    const text = headers[`x-prometheus-remote-write-${kind}-written`]
    return text === undefined ? [] : [Math.max(Math.trunc(Number(text)) || 0, 0)]
  })
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0)
}

/** Servers of 1.0 that do not look at the content type read a request of 2.0 as an empty one. */
function saidNothing(address: string, status: number): PipelineError {
  const message = `${address}: must say how much it wrote, got ${status} without X-Prometheus-Remote-Write-Samples-Written; ${OLDER}`
  return new PipelineError('PIPE_REJECTED', message, { retryable: false, cause: { status } })
}
