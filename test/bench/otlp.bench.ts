/**
 * The main thread's cost of an OTLP request, beside the serializer of the OpenTelemetry SDK for the same points, in the same run;
 * and the memory of what waits and of the gRPC stack.
 *
 *     node test/bench/otlp.bench.ts [POINTS…]
 */
import { execFileSync } from 'node:child_process'
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { Shipment } from '../../exporters/shared/shipment.ts'
import { encodeRequests } from '../../otlp/protobuf/encode.ts'
import { syscallBatch } from '../kit/syscall-batch.ts'
import { toSdk } from '../otlp/protobuf/sdk-data.ts'

const given = process.argv.slice(2).map(Number)
const SIZES = given.length > 0 ? given : [1_000, 10_000, 100_000, 300_000]
const ROUNDS = 11
const LIMITS = { items: 8192, bytes: 3 * 2 ** 20 }

/** CPU time of this thread: other load on the machine does not count. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Median time of one `run`, which is repeated in each round so that the clock's steps do not matter. */
function medianMs(repeats: number, run: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const startMs = threadMs()
    for (let i = 0; i < repeats; i++) run()
    return (threadMs() - startMs) / repeats
  })
  return times.sort((a, b) => a - b)[ROUNDS >> 1]!
}

/** Total bytes, so that the work cannot be left out. */
function ours(batch: ReturnType<typeof syscallBatch>): number {
  let bytes = 0
  for (const request of encodeRequests('metrics', batch, LIMITS)) bytes += request.bytes.length
  return bytes
}

const rows = [
  ['points', 'SDK ms', 'ours ms', '× faster', 'ns a point', 'columns MB', 'sent MB', 'waiting MB'],
]
for (const points of SIZES) {
  const batch = syscallBatch(Math.round(points / 3))
  const data = toSdk(batch) // made beforehand: the SDK's own collection is not counted
  const repeats = Math.ceil(50_000 / points)
  const sdk = medianMs(repeats, () => {
    for (const one of data) ProtobufMetricsSerializer.serializeRequest(one)
  })
  const mine = medianMs(repeats, () => void ours(batch))
  const shipment = new Shipment('metrics', batch, encodeRequests('metrics', batch, LIMITS))
  const columns = shipment.bytes
  await shipment.rest()
  const figures = [
    sdk,
    mine,
    sdk / mine,
    (mine * 1e6) / points,
    columns / 1e6,
    ours(batch) / 1e6,
    shipment.bytes / 1e6,
  ]
  rows.push([`${points}`, ...figures.map(n => n.toFixed(n < 10 ? 2 : 1))])
}
process.stdout.write(`${rows.map(row => row.map(cell => cell.padStart(12)).join('')).join('\n')}\n`)

/** Resident memory that loading it adds to a process that has loaded `first`. */
function loadMiB(first: string, module: string): number {
  const script = `
    await Promise.all([${first}].map(name => import(name)))
    gc(); const before = process.memoryUsage.rss()
    await import(${JSON.stringify(module)})
    gc(); console.log(process.memoryUsage.rss() - before)`
  const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  return Number(output) / 2 ** 20
}
const transport = new URL('../../exporters/otlp_grpc/transport.ts', import.meta.url).href
const typescript = new URL('../../pipeline/config.ts', import.meta.url).href // with zod, and what strips types
const beside = loadMiB(`"${typescript}", "@opentelemetry/sdk-metrics"`, transport)
process.stdout.write(
  `gRPC, loaded when the exporter starts: ${beside.toFixed(1)} MiB resident beside the metrics SDK, which an agent has anyway\n`,
)
