import { readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../exporters/file/config.ts'
import { FileExporter } from '../../../exporters/file/exporter.ts'
import { PipelineError } from '../../../pipeline/errors.ts'
import { fakeClock } from '../../kit/clock.ts'
import {
  createContext,
  never,
  nopHost,
  recordingHost,
  recordingLogger,
  recordingMeter,
} from '../../kit/context.ts'
import { logsBatch, spansBatch } from '../../kit/events.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { readLogLines } from '../../kit/otlp-events.ts'
import { syscallLogs } from '../../kit/syscall-events.ts'
import { temporaryFolder } from './kit.ts'

function rig(path: string, options: object = {}) {
  const { meter, read } = recordingMeter()
  const log = recordingLogger()
  const host = recordingHost()
  const clock = fakeClock()
  const context = createContext(config.parse({ path, ...options }), { id: 'file', log, meter })
  const exporter = new FileExporter(context, { clock })
  return { exporter, read, log, host, clock, logs: exporter.consumers.logs! }
}

const s = suite('FileExporter')
s('writes all signals to one file, a request a line, and counts items', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  const { exporter, read, host, log } = rig(path)
  await exporter.start(host)
  await exporter.consumers.logs!.consume(logsBatch([{}, {}]), never)
  await exporter.consumers.traces!.consume(spansBatch([{}, {}, {}]), never)
  await exporter.consumers.metrics!.consume(
    metricsBatch([{ resource: 'a', attributes: {}, values: { calls: 1 } }]),
    never,
  )
  await exporter.shutdown(never)
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  assert.equal(
    lines.map(line => Object.keys(JSON.parse(line))),
    [['resourceLogs'], ['resourceSpans'], ['resourceMetrics']],
  )
  assert.equal(await read(), {
    'exporter_sent_log_records{exporter=file}': 2,
    'exporter_sent_spans{exporter=file}': 3,
    'exporter_sent_metric_points{exporter=file}': 1,
  })
  assert.equal([host.reports, log.lines], [[], []])
})
s('writes histograms with explicit bounds where they are asked for', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  const classic_histograms = { enabled: true, lowest: '500ms', highest: '1s' }
  const { exporter } = rig(path, { classic_histograms })
  await exporter.start(nopHost())
  const rows = [{ values: { h: { sum: 1, buckets: { [-1]: 2, 3: 1 } } } }]
  await exporter.consumers.metrics!.consume(metricsBatch(rows), never)
  await exporter.shutdown(never)
  const { resourceMetrics } = JSON.parse(await readFile(path, 'utf8'))
  const [point] = resourceMetrics[0].scopeMetrics[0].metrics[0].histogram.dataPoints
  assert.equal([point.explicitBounds, point.bucketCounts, point.count], [[0.5, 1], ['0', '2', '1'], '3'])
})
s('a successor goes on in the file that its predecessor has not left', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  for (const options of [{}, { rotation: { max_megabytes: 1 } }]) {
    const host = nopHost()
    const [first, second, later] = [rig(path), rig(path, { ...options, flush_interval: '2s' }), rig(path)]
    await first.exporter.start(host)
    await first.logs.consume(logsBatch([{}]), never)
    await second.exporter.start(host)
    await second.logs.consume(logsBatch([{}, {}]), never)
    await first.exporter.shutdown(never)
    await second.exporter.shutdown(never)
    assert.is(readLogLines(await readFile(path, 'utf8')).length, 3)
    await later.exporter.start(host)
    await later.exporter.shutdown(never)
    assert.is(await readFile(path, 'utf8'), '', 'all had left it')
  }
})
s('many large batches at once are all there, once, in whole lines', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  const { exporter, logs, read } = rig(path)
  await exporter.start(nopHost())
  const batches = Array.from({ length: 5 }, (_, i) => syscallLogs(4_001 + i))
  await Promise.all(batches.map(batch => logs.consume(batch, never)))
  await exporter.shutdown(never)
  const records = readLogLines(await readFile(path, 'utf8'))
  assert.is(records.length, 5 * 4_001 + 10)
  assert.equal(await read(), { 'exporter_sent_log_records{exporter=file}': 5 * 4_001 + 10 })
})
s('a full disk: counts what is lost, reports it once, and recovers', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  await symlink('/dev/full', path)
  const { exporter, logs, read, host, log } = rig(path, { flush_interval: '1ms' })
  await exporter.start(host)
  // Larger than both buffers together: the second is taken only when a write of the first has failed.
  for (let i = 0; i < 2; i++) await logs.consume(syscallLogs(10_000), never)
  await symlink(join(folder.path, 'good'), `${path}.new`)
  await writeFile(join(folder.path, 'good'), '')
  await rename(`${path}.new`, path)
  await logs.consume(syscallLogs(5_000), never)
  await exporter.shutdown(never)
  const counts = await read()
  const sent = counts['exporter_sent_log_records{exporter=file}']!
  const failed = counts['exporter_send_failed_log_records{exporter=file}']!
  assert.is(sent + failed, 25_000)
  assert.ok(sent >= 1 && failed >= 1_000, `${sent} sent, ${failed} failed`)
  assert.equal(
    host.reports.map(({ status }) => status),
    ['recoverable', 'ok'],
  )
  assert.match(host.reports[0]!.cause!.message, /ENOSPC/)
  assert.equal(
    log.lines.map(({ level, message }) => [level, message]),
    Array.from(log.lines, () => ['error', 'The file could not be written, data is lost']),
  )
  assert.is(
    log.lines.reduce((sum, { fields }) => sum + Number(fields.dropped_items), 0),
    failed,
  )
})
for (const [what, name, remedy] of [
  ['a folder that is not there', 'no/a.jsonl', 'create its folder, or set create_directory: true'],
  ['a folder', '', 'name a file in that folder'],
] as const)
  s(`says at the start what is wrong with ${what}`, async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, name)
    const failure = await rig(path)
      .exporter.start(nopHost())
      .catch((error: unknown) => error as { code: string; message: string })
    assert.is(failure!.code, 'COMPONENT_START_FAILED')
    assert.ok(
      failure!.message.startsWith(
        `exporters::file::path: must be a file that can be written, got ${JSON.stringify(path)}`,
      ),
    )
    assert.ok(failure!.message.endsWith(`; ${remedy}`), failure!.message)
  })
s('refuses data after the shutdown, and counts it', async () => {
  await using folder = await temporaryFolder()
  const { exporter, logs, read } = rig(join(folder.path, 'a.jsonl'))
  await exporter.start(nopHost())
  await exporter.shutdown(never)
  const failure = await logs.consume(logsBatch([{}]), never).catch((error: unknown) => error)
  assert.instance(failure, PipelineError)
  assert.equal(await read(), { 'exporter_enqueue_failed_log_records{exporter=file}': 1 })
})
s('refuses data while the shutdown writes what was taken before, and counts all of it', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  const { exporter, logs, read } = rig(path)
  await exporter.start(nopHost())
  await logs.consume(logsBatch([{}, {}]), never)
  const large = logs.consume(syscallLogs(5_000), never).catch((error: unknown) => error)
  const stopping = exporter.shutdown(never)
  assert.instance(await logs.consume(logsBatch([{}]), never).catch((error: unknown) => error), PipelineError)
  assert.instance(await large, PipelineError)
  await stopping
  const counts = await read()
  const sent = counts['exporter_sent_log_records{exporter=file}']!
  assert.is(sent + counts['exporter_enqueue_failed_log_records{exporter=file}']!, 2 + 1 + 5_000)
  const written = readLogLines(await readFile(path, 'utf8'))
  assert.is(written.length, sent)
})
s.run()

const bad = suite('the configuration of file')
for (const [what, value, message] of [
  ['no path', {}, 'must be set'],
  ['an empty path', { path: '' }, 'must be the path of a file'],
  ['another format', { path: 'a', format: 'proto' }, 'json'],
  ['a file of no size', { path: 'a', rotation: { max_megabytes: 0 } }, '>=1'],
  ['an unknown key', { path: 'a', rotation: { max_age: 1 } }, 'max_age'],
  ['another compression', { path: 'a', compression: 'gzip' }, 'zstd'],
] as const)
  bad(`refuses ${what}`, () => {
    const { error } = config.safeParse(value)
    assert.ok(error?.message.includes(message), error?.message)
  })
bad.run()
