import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { outcomeOfFailure } from '../shared/http/refusal.ts'
import type { Protocol } from '../shared/protocol.ts'
import { encodeCollection } from './encode.ts'
import type { History } from './history.ts'
import type { RemoteWritePush } from './push.ts'

/** Remote write over HTTP. Batches are given to `encode` in the order of time, each once. */
export function createProtocol(history: History): Protocol<RemoteWritePush> {
  return {
    format: ({ protobuf_message }) => protobuf_message,
    limits: ({ max_batch_size_bytes: bytes }) => ({ items: Number.POSITIVE_INFINITY, bytes }),
    parallel: ({ parallel_requests }) => parallel_requests,
    encode: (_, batch, __, config) => encodeCollection(history.accept(batch as MetricsBatch), config),
    async open(config, context) {
      const { openTransport } = await import('./transport.ts')
      return openTransport(config, context)
    },
    outcomeOf: outcomeOfFailure,
  }
}
