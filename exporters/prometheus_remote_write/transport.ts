/** Requests of remote write over HTTP. */
import snappy from 'snappyjs'
import { openHttpClient, withoutQuery } from '../shared/http/client.ts'
import type { OpenContext, Transport } from '../shared/protocol.ts'
import { readAnswer } from './answer.ts'
import { countPoints } from './count-points.ts'
import type { RemoteWritePush } from './push.ts'

/** "Prometheus Remote-Write" 1.0 and 2.0, Required HTTP Request Headers. */
const HEADERS = {
  'prometheus.WriteRequest': {
    'content-type': 'application/x-protobuf',
    'x-prometheus-remote-write-version': '0.1.0',
  },
  'io.prometheus.write.v2.Request': {
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    'x-prometheus-remote-write-version': '2.0.0',
  },
} as const

/** Ready to send; connects with the first request. Rejects with TLS_INVALID if a certificate or key cannot be used. */
export async function openTransport(config: RemoteWritePush, context: OpenContext): Promise<Transport> {
  const { endpoint, protobuf_message: message } = config
  const client = await openHttpClient(config, context)
  const headers = {
    ...Object.fromEntries(Object.entries(config.headers).map(([name, value]) => [name, value.reveal()])),
    ...HEADERS[message],
    'content-encoding': 'snappy',
    'user-agent': 'swoll',
  }
  /** A request that is tried again is not compressed again. */
  const packed = new WeakMap<Uint8Array, Uint8Array>()
  return {
    async send(_, request, abort) {
      const body = packed.get(request) ?? snappy.compress(request)
      packed.set(request, body)
      const answer = await client.post(endpoint, { body, headers }, abort)
      return readAnswer(answer, {
        address: withoutQuery(endpoint),
        nowMs: Number(context.clock.unixNano() / 1_000_000n),
        sent: message === 'prometheus.WriteRequest' ? undefined : countPoints(request),
      })
    },
    close: () => client.close(),
  }
}
