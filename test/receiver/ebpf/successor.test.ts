/** A receiver that is replaced while it counts: nothing counted is lost, and nothing is sent twice. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Consumer } from '../../../pipeline/component.ts'
import type { MetricsBatch, SumColumn } from '../../../pipeline/data/metrics.ts'
import { SwollError } from '../../../pipeline/errors.ts'
import { Services } from '../../../pipeline/services.ts'
import { Collector } from '../../../receiver/ebpf/collector.ts'
import { config } from '../../../receiver/ebpf/config.ts'
import { EbpfReceiver } from '../../../receiver/ebpf/receiver.ts'
import { fakeClock } from '../../kit/clock.ts'
import { held, settled, sink } from '../../kit/consumers.ts'
import { createContext, never, recordingHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'
import { container, FakeKernelSide, takeJournal } from './fake-kernel-side.ts'

/** One process: its receivers find the same services, clock and meter. `kernels` are the programs that were loaded, oldest first. */
function createProcess() {
  const clock = fakeClock()
  const services = new Services()
  const { meter, read } = recordingMeter()
  const log = recordingLogger()
  const kernels: FakeKernelSide[] = []
  const process = {
    clock,
    kernels,
    log,
    readMetrics: read,
    refusal: undefined as SwollError | undefined,
    start,
  }
  async function start(next: Consumer<'metrics'>, written: object = {}) {
    const settings = config.parse(written)
    const open = (): Collector => {
      if (process.refusal) throw process.refusal
      const kernel = new FakeKernelSide(() => clock.monotonicMs(), settings.latency)
      for (const id of [1, 2]) kernel.tree.set(id, container(id).path)
      kernels.push(kernel)
      return new Collector(settings, clock, () => kernel)
    }
    const machine = { clock, open, enableStats: () => () => {}, detectOrigin: () => undefined }
    const receiver = new EbpfReceiver(createContext(settings, { log, meter }), { metrics: next }, machine)
    const host = recordingHost(services)
    await receiver.start(host)
    return Object.assign(receiver, { host })
  }
  return process
}

/** The rows of a batch: calls, whether they have ended, and when they began. */
function rowsOf({ tables }: MetricsBatch) {
  const [table] = tables
  const calls = table!.metrics[0] as SumColumn
  return Array.from({ length: table!.rows }, (_, row) => ({
    calls: Number(calls.values[row]),
    hasEnded: table!.ended?.[row] === 1,
    start: table!.startTimeUnixNano[row]!,
  }))
}

const same = suite('a successor with the same programs')
same('goes on with what was counted, since when it was counted', async () => {
  const { start, clock, kernels, readMetrics } = createProcess()
  const [first, second] = [sink(), sink()]
  const before = await start(first)
  kernels[0]!.call(1n, 0)
  await clock.advance(10_000)
  const [sent] = rowsOf(first.batches.at(-1)!)
  const after = await start(second, { collection_interval: '2s' })
  kernels[0]!.call(1n, 0)
  takeJournal(kernels[0]!)
  await before.shutdown(never)
  assert.equal(takeJournal(kernels[0]!), ['take'], 'one look, without the walk of an end')
  assert.equal(rowsOf(second.batches[0]!), [{ ...sent!, calls: 2 }])
  assert.is(first.batches.length, 3)
  assert.is((await readMetrics())['receiver_ebpf_calls{outcome=returned,receiver=test}'], 2)
  await clock.advance(4000)
  assert.is(second.batches.length, 4, 'at once, after a second, then by its own interval')
  assert.is(second.batches[0]!.tables[0]!.epoch, first.batches[0]!.tables[0]!.epoch)
  await after.shutdown(never)
  assert.is(kernels.length, 1)
  assert.is(kernels[0]!.journal.at(-1), 'close')
  assert.is(clock.pending(), 0)
})
same('says nothing while the one before it runs', async () => {
  const { start, clock } = createProcess()
  const [first, second] = [sink(), sink()]
  await start(first)
  const { host } = await start(second)
  await clock.advance(20_000)
  assert.equal([first.batches.length, second.batches.length], [4, 0])
  assert.equal([host.reports, host.beats], [[], []])
})
same('waits for the batch that is on its way, while the rings are read', async () => {
  const { start, clock, kernels } = createProcess()
  const [first, second] = [held(), sink()]
  const before = await start(first)
  await start(second)
  const done = before.shutdown(never)
  await settled()
  takeJournal(kernels[0]!)
  await clock.advance(1000)
  assert.is(second.batches.length, 0)
  assert.is(takeJournal(kernels[0]!).length, 10)
  first.release()
  await done
  assert.equal([first.waiting.length, second.batches.length], [0, 1])
})
same('sends what has ended once', async () => {
  const { start, clock, kernels } = createProcess()
  const all = sink()
  const before = await start(all)
  for (const id of [1n, 2n]) kernels[0]!.call(id, 0)
  await clock.advance(10_000)
  kernels[0]!.died(2n)
  const after = await start(all, { max_series: 1000 })
  await before.shutdown(never)
  for (let i = 0; i < 30; i++) await clock.advance(10_000)
  await after.shutdown(never)
  const ended = all.batches.flatMap(batch => rowsOf(batch).filter(row => row.hasEnded))
  assert.equal(
    ended.map(({ calls }) => calls),
    [1],
  )
})
same('goes by its own threshold of calls in flight', async () => {
  const { start, clock, kernels } = createProcess()
  const all = sink()
  const hanging = () => all.batches.at(-1)!.tables.flatMap(({ metrics }) => metrics.map(({ name }) => name))
  const before = await start(all)
  kernels[0]!.enter(0, 1n, 0)
  await clock.advance(10_000)
  assert.ok(hanging().includes('swoll.syscall.in_flight.longest'))
  await start(all, { in_flight: { threshold: '1m' } })
  await before.shutdown(never)
  await clock.advance(10_000)
  assert.not.ok(hanging().includes('swoll.syscall.in_flight.longest'))
  await clock.advance(40_000)
  assert.ok(hanging().includes('swoll.syscall.in_flight.longest'))
  assert.is(kernels.length, 1)
})
same('keeps to its own limit of series', async () => {
  const { start, clock, kernels } = createProcess()
  const all = sink()
  const calls = (from: number, to: number) => {
    for (let call = from; call < to; call++) kernels[0]!.call(1n, call)
  }
  const before = await start(all, { max_series_per_resource: 100 })
  calls(0, 120)
  await clock.advance(10_000)
  assert.is(rowsOf(all.batches.at(-1)!).length, 101)
  await start(all, { max_series_per_resource: 150 })
  await before.shutdown(never)
  calls(120, 150)
  await clock.advance(10_000)
  assert.is(rowsOf(all.batches.at(-1)!).length, 131)
})
same('that goes before its turn leaves everything as it was', async () => {
  const { start, clock, kernels } = createProcess()
  const [first, second] = [sink(), sink()]
  const before = await start(first)
  takeJournal(kernels[0]!)
  const after = await start(second)
  await after.shutdown(never)
  await clock.advance(10_000)
  assert.equal([first.batches.length, second.batches.length], [3, 0])
  await before.shutdown(never)
  assert.is(kernels[0]!.journal.filter(line => line === 'close').length, 1)
})
same('times calls in its own windows', async () => {
  const { start, clock, kernels } = createProcess()
  const before = await start(sink(), { latency: 'sampled' })
  await start(sink(), { latency: 'sampled', sampling: { interval: '5s', window: '2s' } })
  takeJournal(kernels[0]!)
  await before.shutdown(never)
  await clock.advance(5000)
  const timing = takeJournal(kernels[0]!).filter(line => line.startsWith('timing'))
  assert.equal(timing, ['timing off', 'timing on', 'timing off', 'timing on'])
})
same.run()

const other = suite('a successor with other programs')
other('begins at zero where the one before it has sent all', async () => {
  const { start, clock, kernels } = createProcess()
  const all = sink()
  const before = await start(all)
  kernels[0]!.call(1n, 0)
  await clock.advance(10_000)
  const after = await start(all, { latency: 'off' })
  for (const kernel of kernels) kernel.call(1n, 0)
  await clock.advance(500)
  await before.shutdown(never)
  kernels[1]!.call(1n, 0)
  await after.shutdown(never)
  const [last, zero, first] = all.batches.slice(-3)
  assert.equal(
    [last, zero, first].map(batch => rowsOf(batch!)[0]!.calls),
    [2, 0, 1],
  )
  assert.is(rowsOf(first!)[0]!.start, last!.tables[0]!.timeUnixNano)
  assert.is.not(first!.tables[0]!.epoch, last!.tables[0]!.epoch)
  for (const { journal } of kernels) assert.is(journal.at(-1), 'close')
  assert.is(clock.pending(), 0)
})
other('says which keys the kernel was asked for when it refuses, and the one before it goes on', async () => {
  const process = createProcess()
  const first = sink()
  const before = await process.start(first)
  process.refusal = new SwollError('HOST_UNSUPPORTED', 'privileges: must include CAP_BPF')
  const starting = process.start(sink(), { ring_size: '1MiB', exclude: [{ from: 'host' }] })
  const { message } = await rejects(starting, 'HOST_UNSUPPORTED')
  assert.is(
    message,
    'ring_size, exclude: must be loaded into the kernel anew; privileges: must include CAP_BPF',
  )
  await process.clock.advance(10_000)
  assert.is(first.batches.length, 3)
  await before.shutdown(never)
  assert.is(process.kernels.length, 1)
})
other.run()
