import { ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeRequests } from '../../../otlp/protobuf/encode.ts'
import {
  decodeLogs,
  decodeTraces,
  toEventLines,
  toOtlpLogRecords,
  toOtlpSpanRecords,
} from '../../kit/otlp-events.ts'
import { toSdkLogs, toSdkSpans } from '../../kit/sdk-events.ts'
import { syscallLogs, syscallSpans } from '../../kit/syscall-events.ts'

const LIMITS = { items: 8192, bytes: 2 ** 20 }
const sdk = suite('encodeRequests and the serializers of the OpenTelemetry SDK')
for (const count of [1, 500, 3_301]) {
  sdk(`send the same ${count} log records`, () => {
    const batch = syscallLogs(count)
    const ours = [...encodeRequests('logs', batch, LIMITS)].map(({ bytes }) => bytes)
    const theirs = ProtobufLogsSerializer.serializeRequest(toSdkLogs(batch))!
    const lines = (requests: readonly Uint8Array[]) =>
      toEventLines(requests.flatMap(bytes => toOtlpLogRecords(decodeLogs(bytes))))
    assert.is(lines(ours).length, count)
    assert.equal(lines(ours), lines([theirs]))
  })
  sdk(`send the same ${count} spans`, () => {
    const batch = syscallSpans(count)
    const ours = [...encodeRequests('traces', batch, LIMITS)].map(({ bytes }) => bytes)
    const theirs = ProtobufTraceSerializer.serializeRequest(toSdkSpans(batch))!
    const lines = (requests: readonly Uint8Array[]) =>
      toEventLines(requests.flatMap(bytes => toOtlpSpanRecords(decodeTraces(bytes))))
    assert.is(lines(ours).length, count)
    assert.equal(lines(ours), lines([theirs]))
  })
}
sdk.run()
