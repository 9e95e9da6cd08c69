import { encodeRequests } from '../../otlp/protobuf/encode.ts'
import type { Protocol } from '../shared/protocol.ts'
import { requestLimits } from '../shared/request-limits.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { type CallFailure, statusLabel } from './status.ts'

/** OTLP in protobuf, over gRPC. */
export const grpc: Protocol<OtlpGrpcConfig> = {
  limits: ({ sending_queue }) => requestLimits(sending_queue.batch),
  encode: encodeRequests,
  /** gRPC costs tens of megabytes, and so is loaded when an exporter starts. */
  async open(config, { clock }) {
    const { openTransport } = await import('./transport.ts')
    return openTransport(config, clock)
  },
  /** The name of the gRPC status that caused the error. */
  outcomeOf(error) {
    const code = ((error as Error).cause as CallFailure | undefined)?.code
    return typeof code === 'number' ? statusLabel(code) : 'CANCELLED'
  },
}
