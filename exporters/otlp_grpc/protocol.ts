import { encodeRequests } from '../../otlp/protobuf/encode.ts'
import { toBoundExponents } from '../shared/classic-histograms.ts'
import { isLackOfCredentials } from '../shared/client-auth.ts'
import type { Protocol } from '../shared/protocol.ts'
import { requestLimits } from '../shared/request-limits.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { type CallFailure, statusLabel } from './status.ts'

/** OTLP in protobuf, over gRPC. */
export const grpc: Protocol<OtlpGrpcConfig> = {
  format: () => 'otlp_proto',
  limits: ({ sending_queue }) => requestLimits(sending_queue),
  encode: (signal, batch, limits, { classic_histograms }) =>
    encodeRequests(signal, batch, { ...limits, bounds: toBoundExponents(classic_histograms) }),
  /** gRPC costs tens of megabytes, and so is loaded when an exporter starts. */
  async open(config, context) {
    const { openTransport } = await import('./transport.ts')
    return openTransport(config, context)
  },
  /** The name of the gRPC status that caused the error; of a lack of credentials that which gRPC has for it. */
  outcomeOf(error) {
    if (isLackOfCredentials(error)) return 'UNAUTHENTICATED'
    const code = ((error as Error).cause as CallFailure | undefined)?.code
    return typeof code === 'number' ? statusLabel(code) : 'CANCELLED'
  },
}
