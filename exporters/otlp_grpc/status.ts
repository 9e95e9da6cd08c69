/** What a failed gRPC call means for the data. */
import { PipelineError } from '../../pipeline/errors.ts'
import { fields } from './proto-reader.ts'

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

/**
 * The failure as an error of the pipeline: retryable by the table of the OTLP specification, RESOURCE_EXHAUSTED only
 * if the server gave a RetryInfo; its delay is kept.
 */
export function toExportError(failure: CallFailure, server: string): PipelineError {
  const name = statusName(failure.code)
  const retryAfterMs = readRetryDelay(failure)
  const retryable = RETRYABLE.has(name) || (name === 'RESOURCE_EXHAUSTED' && retryAfterMs !== undefined)
  const code = retryable ? 'PIPE_DOWNSTREAM_UNAVAILABLE' : 'PIPE_REJECTED'
  const details = failure.details.replace(/\.? Resolution note: $/, '') // grpc-js adds this also when there is none
  return new PipelineError(code, `${server}: must accept the request, got ${name}: ${details}`, {
    retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    cause: failure,
  })
}

/** retry_delay of a google.rpc.RetryInfo among the details of the google.rpc.Status, ms; undefined: there is none. */
function readRetryDelay({ metadata }: CallFailure): number | undefined {
  const [status] = metadata?.get('grpc-status-details-bin') ?? []
  if (!(status instanceof Uint8Array)) return undefined
  try {
    for (const [number, any] of fields(status)) {
      if (number !== 3 || typeof any === 'number') continue
      const [type, value] = [bytesOf(any, 1), bytesOf(any, 2)]
      if (!type || !Buffer.from(type).toString().endsWith('/google.rpc.RetryInfo')) continue
      const delay = (value && bytesOf(value, 1)) ?? new Uint8Array()
      const parts = new Map(fields(delay))
      return Number(parts.get(1) ?? 0) * 1000 + Number(parts.get(2) ?? 0) / 1e6
    }
  } catch {
    // Details that cannot be read are as good as none.
  }
  return undefined
}

function bytesOf(message: Uint8Array, wanted: number): Uint8Array | undefined {
  for (const [number, value] of fields(message))
    if (number === wanted && typeof value !== 'number') return value
  return undefined
}
