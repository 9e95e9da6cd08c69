/** Errors as answers. */
import { type ErrorCode, SwollError } from '../../pipeline/errors.ts'
import { JobError } from '../../trace/jobs/errors.ts'
import { ApiError } from './api-error.ts'
import { GateError } from './auth/gate.ts'
import type { Answer } from './routes/operation.ts'

/** By the code of a JobError. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  TRACE_JOB_EXISTS: 409,
  TRACE_JOB_DIFFERS: 409,
  TRACE_JOB_LIMIT: 429,
  TRACE_TOO_MANY_JOBS: 429,
  TRACE_JOB_REFUSED: 400,
  TRACE_JOB_STOPPED: 503,
}

/** `onError` gets those that are nobody's fault but ours: their text stays in the log. */
export function toAnswer(error: Error, onError: (error: Error) => void): Answer {
  if (error instanceof ApiError) {
    const { status, message, problems, headers } = error
    return status === 204
      ? { status }
      : { status, headers, body: { error: message, ...(problems && { problems }) } }
  }
  if (error instanceof GateError)
    return { status: error.status, headers: retryAfter(error.retryAfterMs), body: { error: error.message } }
  if (error instanceof SwollError && STATUS[error.code] !== undefined) return toJobAnswer(error)
  const { statusCode } = error as { statusCode?: number }
  if (statusCode !== undefined && statusCode < 500)
    return { status: statusCode, body: { error: `request: ${error.message}` } }
  onError(error)
  return { status: 500, body: { error: 'the agent failed to answer; see its log' } }
}

function toJobAnswer(error: SwollError): Answer {
  const status = STATUS[error.code]!
  const problems = error instanceof JobError && error.problems.length > 0 ? error.problems : undefined
  const headers = status === 429 || status === 503 ? retryAfter(1000) : {}
  return { status, headers, body: { error: error.message, ...(problems && { problems }) } }
}

/** Whole seconds, as RFC 9110 has them. */
export function retryAfter(ms: number): Readonly<Record<string, string>> {
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) }
}
