import type { RequestLimits } from '../../otlp/encode-table.ts'
import { encodeRequests } from '../../otlp/protobuf/encode.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { Protocol } from '../shared/protocol.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { type CallFailure, statusLabel } from './status.ts'

/** Below the 4 MiB that gRPC servers take by default, uncompressed. */
const MOST_REQUEST_BYTES = 3 * 2 ** 20

/** OTLP in protobuf, over gRPC. */
export const grpc: Protocol<OtlpGrpcConfig> = {
  limits: ({ sending_queue: { batch } }): RequestLimits => {
    const isBytes = batch.sizer === 'bytes'
    return {
      items: isBytes ? Number.POSITIVE_INFINITY : batch.max_size,
      bytes: isBytes ? Math.min(batch.max_size, MOST_REQUEST_BYTES) : MOST_REQUEST_BYTES,
    }
  },
  encode: encodeRequests,
  /** gRPC costs tens of megabytes, and so is loaded when an exporter starts. */
  async open(config, { clock }) {
    const { openTransport } = await import('./transport.ts')
    return openTransport(config, clock).catch((cause: unknown) => {
      if (!(cause instanceof SwollError)) throw cause
      throw new SwollError(cause.code, `tls: ${cause.message}`, { cause })
    })
  },
  /** The name of the gRPC status that caused the error. */
  outcomeOf(error) {
    const code = ((error as Error).cause as CallFailure | undefined)?.code
    return typeof code === 'number' ? statusLabel(code) : 'CANCELLED'
  },
}
