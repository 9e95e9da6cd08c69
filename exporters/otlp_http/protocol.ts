import type { EncodeOptions } from '../../otlp/encode.ts'
import type { EncodedRequest } from '../../otlp/encode-table.ts'
import { encodeLines } from '../../otlp/json/encode.ts'
import { encodeRequests } from '../../otlp/protobuf/encode.ts'
import type { Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { toBoundExponents } from '../shared/classic-histograms.ts'
import { outcomeOfFailure } from '../shared/http/refusal.ts'
import type { Protocol } from '../shared/protocol.ts'
import { requestLimits } from '../shared/request-limits.ts'
import type { OtlpHttpConfig } from './config.ts'

/** OTLP in protobuf or JSON, over HTTP. */
export const http: Protocol<OtlpHttpConfig> = {
  format: ({ encoding }) => (encoding === 'json' ? 'otlp_json' : 'otlp_proto'),
  limits: ({ sending_queue }) => requestLimits(sending_queue),
  encode(signal, batch, limits, { encoding, classic_histograms }) {
    const options = { ...limits, bounds: toBoundExponents(classic_histograms) }
    return encoding === 'json' ? encodeJson(signal, batch, options) : encodeRequests(signal, batch, options)
  },
  join: (requests, { encoding }) => (encoding === 'json' ? joinJson(requests) : Buffer.concat(requests)),
  async open(config, context) {
    const { openTransport } = await import('./transport.ts')
    return openTransport(config, context)
  },
  outcomeOf: outcomeOfFailure,
}

/** Each is an object with one list, of the same name in all: the lists become one. */
function joinJson(requests: readonly Uint8Array[]): Uint8Array {
  const texts = requests.map(request => Buffer.from(request.buffer, request.byteOffset, request.length))
  const start = texts[0]!.indexOf('[') + 1
  const lists = texts.map(text => text.subarray(start, text.lastIndexOf(']')))
  const parts = lists.flatMap((list, i) => (i === 0 ? [list] : [Buffer.from(','), list]))
  return Buffer.concat([texts[0]!.subarray(0, start), ...parts, Buffer.from(']}')])
}

/** Lines are in memory that all share; a request must stay. */
function* encodeJson<S extends Signal>(
  signal: S,
  batch: Batches[S],
  options: EncodeOptions,
): Generator<EncodedRequest, void> {
  for (const { items, bytes } of encodeLines(signal, batch, options))
    yield { items, bytes: Uint8Array.from(bytes) }
}
