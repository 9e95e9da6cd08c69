import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../exporters/otlp_grpc/config.ts'
import { grpc } from '../../exporters/otlp_grpc/protocol.ts'
import { PushExporter } from '../../exporters/shared/push-exporter.ts'
import { createContext, never, recordingHost, recordingMeter } from '../kit/context.ts'
import { metricsBatch, toPoints } from '../kit/metrics.ts'
import { toLines, toOtlpPoints } from '../kit/otlp.ts'
import { type OtlpServer, startOtlpServer } from '../kit/otlp-server.ts'
import { syscallBatch } from '../kit/syscall-batch.ts'

/** Three points that all say `value`. */
const batch = (value: number) =>
  metricsBatch(
    Array.from({ length: 3 }, (_, i) => ({ attributes: { i }, values: { calls: value } })),
    { time: BigInt(value) },
  )

const quick = { retry_on_failure: { initial_interval: '50ms', max_interval: '200ms' } }

async function open(port: number, options: object) {
  const { meter, read } = recordingMeter()
  const host = recordingHost()
  const context = createContext(
    config.parse({ endpoint: `http://127.0.0.1:${port}`, ...quick, ...options }),
    { meter },
  )
  const exporter = new PushExporter(context, grpc)
  await exporter.start(host)
  const count = async (name: string) => (await read())[`exporter_${name}_metric_points{exporter=test}`] ?? 0
  return {
    exporter,
    host,
    count,
    consume: (value: number) => exporter.consumers.metrics!.consume(batch(value), never),
  }
}

const values = (server: OtlpServer) =>
  server.taken.map(({ request }) => Number(toOtlpPoints(request)[0]!.value))
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(resolve => setTimeout(resolve, 5))
}

const outage = suite('an OTLP server that goes away and comes back')
outage('gets everything, once and in order, whether it was down at the start or later', async () => {
  const reserved = await startOtlpServer()
  await reserved.stop()
  const { exporter, host, count, consume } = await open(reserved.port, {})
  const down = () => until(() => host.reports.at(-1)?.status === 'recoverable')
  for (const value of [1, 2, 3]) await consume(value)
  await down()

  const first = await startOtlpServer({ port: reserved.port })
  await until(async () => (await count('sent')) === 9) // answered, so nothing is sent twice
  await first.stop()
  for (const value of [4, 5, 6]) await consume(value)
  await down()

  await using second = await startOtlpServer({ port: reserved.port })
  await until(() => second.taken.length >= 3)
  await exporter.shutdown(never)
  assert.equal(
    [values(first), values(second)],
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  )
  assert.equal([await count('sent'), await count('send_failed'), await count('enqueue_failed')], [18, 0, 0])
  assert.equal(
    host.reports.map(report => report.status),
    ['recoverable', 'ok', 'recoverable', 'ok'],
  )
})
outage('is told what does not fit the queue: it is counted, the rest arrives', async () => {
  const reserved = await startOtlpServer()
  await reserved.stop()
  const { exporter, count, consume } = await open(reserved.port, { sending_queue: { queue_size: 4 } })
  for (let value = 1; value <= 10; value++) await consume(value).catch(() => {})
  await using server = await startOtlpServer({ port: reserved.port })
  await until(() => server.taken.length >= 4)
  await exporter.shutdown(never)
  assert.equal(values(server), [1, 2, 3, 4])
  assert.equal([await count('sent'), await count('send_failed'), await count('enqueue_failed')], [12, 0, 18])
})
outage('misses what a shutdown cannot deliver any more, and that is counted', async () => {
  const reserved = await startOtlpServer()
  await reserved.stop()
  const { exporter, count, consume } = await open(reserved.port, {})
  for (const value of [1, 2, 3]) await consume(value)
  await exporter.shutdown(never)
  assert.equal([await count('sent'), await count('send_failed')], [0, 9])
})
outage('that hangs does not hold a shutdown beyond its deadline', async () => {
  await using server = await startOtlpServer({ reply: () => 'hold' })
  const { exporter, count, consume } = await open(server.port, { timeout: '60s' })
  for (const value of [1, 2, 3]) await consume(value)
  await until(() => server.attempts() === 1)
  await exporter.shutdown(AbortSignal.timeout(100))
  assert.equal([await count('sent'), await count('send_failed')], [0, 9])
})
outage('gets a large collection whole when it goes away in the middle of it', async () => {
  const data = syscallBatch(5_000)
  let isDown = false
  await using server = await startOtlpServer({
    reply(attempt) {
      if (attempt === 4) isDown = true
      if (attempt === 8) isDown = false
      return isDown ? { code: 14, details: 'restarting' } : undefined
    },
  })
  const { exporter, count } = await open(server.port, { sending_queue: { batch: { max_size: 1_000 } } })
  await exporter.consumers.metrics!.consume(data, never)
  await until(() => server.taken.length >= 15)
  await exporter.shutdown(never)
  assert.equal(toLines(server.taken.flatMap(({ request }) => toOtlpPoints(request))), toLines(toPoints(data)))
  assert.is(await count('sent'), 15_000)
})
outage.run()
