/**
 * The main thread's cost of encoding a log record or a span, beside the serializers of the OpenTelemetry SDK for the same
 * records, in the same run: 12 attributes and a body of about 60 bytes, as a tracer makes them.
 *
 *     node test/bench/events.bench.ts [RECORDS…]
 */
import {
  JsonLogsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer'
import type { EncodedRequest } from '../../otlp/encode-table.ts'
import { encodeLines } from '../../otlp/json/encode.ts'
import { encodeRequests } from '../../otlp/protobuf/encode.ts'
import { toSdkLogs, toSdkSpans } from '../kit/sdk-events.ts'
import { syscallLogs, syscallSpans } from '../kit/syscall-events.ts'

const given = process.argv.slice(2).map(Number)
const SIZES = given.length > 0 ? given : [1_000, 10_000, 50_000]
const ROUNDS = 7
const REQUESTS = { items: 8192, bytes: 3 * 2 ** 20 }
const LINES = { items: Number.POSITIVE_INFINITY, bytes: 2 ** 20 }

/** CPU time of this thread: other load on the machine does not count. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Median CPU time of one `run`, of rounds in turns with the other. */
function medians(repeats: number, runs: readonly (() => void)[]): number[] {
  const times = runs.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++)
    runs.forEach((run, i) => {
      const startMs = threadMs()
      for (let n = 0; n < repeats; n++) run()
      times[i]!.push((threadMs() - startMs) / repeats)
    })
  return times.map(all => all.sort((a, b) => a - b)[ROUNDS >> 1]!)
}

/** Total bytes, so that the work cannot be left out. */
function drain(requests: Iterable<EncodedRequest>): number {
  let bytes = 0
  for (const request of requests) bytes += request.bytes.length
  return bytes
}

const rows = [['records', 'encoding', 'SDK µs', 'ours µs', '× faster', 'ours/s', 'bytes each']]
for (const records of SIZES) {
  const [logs, spans] = [syscallLogs(records), syscallSpans(records)]
  const [sdkLogs, sdkSpans] = [toSdkLogs(logs), toSdkSpans(spans)] // made beforehand: the SDK's own work is not counted
  const cases: readonly (readonly [name: string, sdk: () => void, ours: () => number])[] = [
    [
      'logs, protobuf',
      () => void ProtobufLogsSerializer.serializeRequest(sdkLogs),
      () => drain(encodeRequests('logs', logs, REQUESTS)),
    ],
    [
      'logs, JSON',
      () => void JsonLogsSerializer.serializeRequest(sdkLogs),
      () => drain(encodeLines('logs', logs, LINES)),
    ],
    [
      'traces, protobuf',
      () => void ProtobufTraceSerializer.serializeRequest(sdkSpans),
      () => drain(encodeRequests('traces', spans, REQUESTS)),
    ],
    [
      'traces, JSON',
      () => void JsonTraceSerializer.serializeRequest(sdkSpans),
      () => drain(encodeLines('traces', spans, LINES)),
    ],
  ]
  for (const [name, sdk, ours] of cases) {
    const [theirs, mine] = medians(Math.ceil(10_000 / records), [sdk, () => void ours()])
    const us = (ms: number) => ((ms * 1000) / records).toFixed(2)
    rows.push([
      `${records}`,
      name,
      us(theirs!),
      us(mine!),
      (theirs! / mine!).toFixed(1),
      Math.round((records / mine!) * 1000).toLocaleString('en'),
      (ours() / records).toFixed(0),
    ])
  }
}
process.stdout.write(`${rows.map(row => row.map(cell => cell.padStart(18)).join('')).join('\n')}\n`)
