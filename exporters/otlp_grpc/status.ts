/** The meaning of a failed gRPC call for the data. */
import { PipelineError } from '../../pipeline/errors.ts'
import { shorten } from '../../pipeline/printable.ts'
import { ProtoMessage } from '../../pipeline/proto-message.ts'
import { MOST_SAID } from '../shared/otlp-answer.ts'
import { boundRetryDelay } from '../shared/retry-delay.ts'

/** The part of a gRPC ServiceError that matters. */
export interface CallFailure {
  readonly code: number
  readonly details: string
  readonly metadata?: { get(key: string): (string | Buffer)[] }
}

/** google.rpc.Code, by number. */
export const STATUS_NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const

/** OTLP specification 1.x, "OTLP/gRPC Throttling" and the table above it. */
const RETRYABLE = new Set<string>([
  'CANCELLED',
  'DEADLINE_EXCEEDED',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNAVAILABLE',
  'DATA_LOSS',
])

export function statusName(code: number): string {
  return STATUS_NAMES[code] ?? `CODE_${code}`
}

/** Returns the name of a status for a label. Unknown numbers are UNKNOWN, as gRPC has it: a server could make up any number of them. */
export function statusLabel(code: number): string {
  return STATUS_NAMES[code] ?? 'UNKNOWN'
}

/**
 * The failure as an error of the pipeline: retryable by the table of the OTLP specification, RESOURCE_EXHAUSTED only
 * if the server gave a RetryInfo; its delay is kept.
 */
export function toExportError(failure: CallFailure, server: string): PipelineError {
  const name = statusName(failure.code)
  const retryAfterMs = readRetryDelay(failure)
  const retryable = RETRYABLE.has(name) || (name === 'RESOURCE_EXHAUSTED' && retryAfterMs !== undefined)
  const code = retryable ? 'PIPE_DOWNSTREAM_UNAVAILABLE' : 'PIPE_REJECTED'
  const details = shorten(failure.details, MOST_SAID).replace(/\.? Resolution note: $/, '') // grpc-js adds this also when there is none
  return new PipelineError(code, `${server}: must accept the request, got ${name}: ${details}`, {
    retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    cause: failure,
  })
}

/** retry_delay of a google.rpc.RetryInfo among the details of the google.rpc.Status, ms, within bounds; undefined: there is none. */
function readRetryDelay({ metadata }: CallFailure): number | undefined {
  const [status] = metadata?.get('grpc-status-details-bin') ?? []
  if (!(status instanceof Uint8Array)) return undefined
  try {
    const details = new ProtoMessage(status).messages(3)
    const info = details.find(any => any.text(1).endsWith('/google.rpc.RetryInfo'))
    if (info === undefined) return undefined
    const delay = info.message(2).message(1)
    const ms = Number(delay.integer(1)) * 1000 + Number(delay.integer(2)) / 1e6
    return boundRetryDelay(ms)
  } catch {
    return undefined // details that cannot be read are as good as none
  }
}
