import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeRequests } from '../../../otlp/protobuf/encode.ts'
import { decodeOtlp, toLines, toOtlpPoints } from '../../kit/otlp.ts'
import { syscallBatch } from '../../kit/syscall-batch.ts'
import { toSdk } from './sdk-data.ts'

const sdk = suite('encodeRequests and the serializer of the OpenTelemetry SDK')
for (const series of [1, 500, 1_301])
  sdk(`send the same points for ${series} series`, () => {
    const batch = syscallBatch(series)
    const ours = [...encodeRequests('metrics', batch, { items: 8192, bytes: 2 ** 20 })].map(
      ({ bytes }) => bytes,
    )
    const theirs = toSdk(batch).map(one => ProtobufMetricsSerializer.serializeRequest(one)!)
    const lines = (requests: readonly Uint8Array[]) =>
      toLines(requests.flatMap(bytes => toOtlpPoints(decodeOtlp(bytes))))
    assert.is(lines(ours).length, 3 * series)
    assert.equal(lines(ours), lines(theirs))
  })
sdk.run()
