/** The receiver looks when it should, sends one batch at a time, and leaves nothing running or unsent behind. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Consumer } from '../../../pipeline/component.ts'
import { leaseCoverage } from '../../../pipeline/coverage.ts'
import { SwollError } from '../../../pipeline/errors.ts'
import type { ResourceDetection } from '../../../pipeline/resource-detection/config.ts'
import { Collector } from '../../../receiver/ebpf/collector.ts'
import { config } from '../../../receiver/ebpf/config.ts'
import { EbpfReceiver } from '../../../receiver/ebpf/receiver.ts'
import { fakeClock } from '../../kit/clock.ts'
import { failing, held, refusing, settled, sink } from '../../kit/consumers.ts'
import { createContext, never, recordingHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { toPoints } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'
import { container, FakeKernelSide, takeJournal } from './fake-kernel-side.ts'

interface Parts {
  readonly written?: object
  readonly open?: () => never
  readonly enableStats?: () => () => void
}

/** A receiver before `next`, over a fake kernel side and a clock that stands still. */
function createScene(next: Consumer<'metrics'> | undefined, { written = {}, open, enableStats }: Parts = {}) {
  const clock = fakeClock()
  const settings = config.parse(written)
  const kernel = new FakeKernelSide(() => clock.monotonicMs(), settings.latency)
  kernel.tree.set(1, container(1).path)
  const log = recordingLogger()
  const host = recordingHost()
  const { meter, read } = recordingMeter()
  const stats = (): (() => void) => {
    kernel.journal.push('statistics on')
    return () => kernel.journal.push('statistics off')
  }
  const machine = {
    clock,
    open: open ?? (() => new Collector(settings, clock, () => kernel)),
    enableStats: enableStats ?? stats,
    detectOrigin: ({ enabled }: ResourceDetection) => (enabled ? ORIGIN : undefined),
  }
  const receiver = new EbpfReceiver(
    createContext(settings, { log, meter }),
    next === undefined ? {} : { metrics: next },
    machine,
  )
  return { receiver, kernel, clock, log, host, readMetrics: read, start: () => receiver.start(host) }
}

const ORIGIN = { 'host.name': 'node-a', 'service.instance.id': 'node-a' }

const sending = suite('what is sent')
for (const [enabled, want] of [
  [true, { ...ORIGIN, 'service.name': 'ssh.service', 'systemd.unit': 'ssh.service' }],
  [false, { 'systemd.unit': 'ssh.service' }],
] as const)
  sending(`says on which host it was seen: ${enabled}`, async () => {
    const next = sink()
    const written = { resource_detection: { enabled } }
    const { receiver, kernel, clock, start } = createScene(next, { written })
    kernel.tree.set(2, '/system.slice/ssh.service')
    await start()
    kernel.call(2n, 0)
    await clock.advance(10_000)
    assert.equal(next.batches.at(-1)!.resources[0]!.attributes, want)
    await receiver.shutdown(never)
  })
sending('is told to who asks how complete it is, for as long as it is sent', async () => {
  const next = sink()
  const { receiver, kernel, clock, host, start } = createScene(next, {
    written: { exclude: [{ syscalls: ['getpid'] }] },
  })
  const coverage = await leaseCoverage(host)
  await start()
  kernel.call(1n, 0)
  await clock.advance(10_000)
  const [source, ...more] = coverage.value.sources
  const { timeUnixNano } = next.batches.at(-1)!.tables[0]!
  assert.equal([source!.sent, source!.lost(), source!.isExcluding], [{ timeUnixNano, calls: 1 }, 0, true])
  assert.equal(
    [source!.isWhole(next.batches.at(-1)!.resources[0]!.id), source!.isWhole('x'), more],
    [false, undefined, []],
  )
  await receiver.shutdown(never)
  assert.equal(coverage.value.sources, [])
})
sending.run()

const start = suite('start')
start('reports that it is counting, and how', async () => {
  const { start, host, log } = createScene(sink())
  await start()
  assert.equal(host.reports, [{ status: 'ok', cause: undefined }])
  const { fields, message } = log.lines[0]!
  assert.is(message, 'counting system calls')
  assert.equal(fields, { latency: 'exact', cpus: 2, cgroups: 1, cgroup_names: true })
})
start('says when calls in flight are wanted and cannot be known', async () => {
  for (const [written, want] of [
    [{ latency: 'sampled' }, 1],
    [{ latency: 'off' }, 1],
    [{ latency: 'off', in_flight: { enabled: false } }, 0],
    [{}, 0],
  ] as const) {
    const { start, log } = createScene(sink(), { written })
    await start()
    assert.is(log.lines.filter(({ message }) => message.startsWith('calls in flight are not')).length, want)
  }
})
start('rejects with what the host lacks, and shuts down well after that', async () => {
  const open = () => {
    throw new SwollError('HOST_UNSUPPORTED', 'privileges: missing')
  }
  const { receiver, start, clock } = createScene(sink(), { open })
  await rejects(start(), 'HOST_UNSUPPORTED')
  await receiver.shutdown(never)
  assert.is(clock.pending(), 0)
})
start('retains what reading on takes, for the reason that there is', async () => {
  const { start, host, kernel } = createScene(sink())
  const need = { capabilities: ['CAP_BPF'], why: 'this kernel shows BPF maps to nobody else' } as const
  kernel.needs = [need]
  await start()
  assert.equal(host.retained, [need])
})
start.run()

const timers = suite('while it runs')
timers('drains ten times a second, and sends every collection_interval', async () => {
  const next = sink()
  const { start, clock, kernel } = createScene(next, { written: { collection_interval: '2s' } })
  await start()
  takeJournal(kernel)
  await clock.advance(900)
  assert.is(takeJournal(kernel).filter(line => line === 'take').length, 9)
  await clock.advance(3100)
  assert.is(next.batches.length, 4)
})
timers('collects at once and after a second, so that nobody finds nothing', async () => {
  const next = sink()
  const { start, clock } = createScene(next)
  await start()
  const seen = [next.batches.length]
  for (const ms of [999, 1, 8999, 1, 10_000]) {
    await clock.advance(ms)
    seen.push(next.batches.length)
  }
  assert.equal(seen, [1, 1, 2, 2, 3, 4])
})
timers('times the programs for a second of every minute but the first', async () => {
  const { start, clock, kernel } = createScene(sink())
  await start()
  const statistics = () => takeJournal(kernel).filter(line => line.startsWith('statistics'))
  await clock.advance(59_999)
  assert.equal(statistics(), [])
  await clock.advance(1)
  assert.equal(statistics(), ['statistics on'])
  await clock.advance(1000)
  assert.equal(statistics(), ['statistics off'])
  await clock.advance(59_000)
  assert.equal(statistics(), ['statistics on'])
})
timers(
  'asks no more for the cost of the programs once that is refused, says nothing of it, and goes on',
  async () => {
    let asked = 0
    const enableStats = () => {
      asked++
      throw new SwollError('NATIVE_BPF_ATTACH_FAILED', 'Operation not permitted')
    }
    const next = sink()
    const { start, host, log, clock } = createScene(next, { enableStats })
    await start()
    await clock.advance(180_000)
    assert.equal([asked, next.batches.length], [1, 20])
    assert.equal([...new Set(log.lines.map(line => line.level))], ['info', 'debug'])
    assert.is(host.reports.at(-1)?.status, 'ok')
  },
)
timers('beats while it comes round, and tells apart whether the pipelines take what it sends', async () => {
  const next = held()
  const { receiver, start, host, clock, kernel } = createScene(next)
  const beats = () => host.beats.splice(0)
  await start()
  await clock.advance(20_000)
  assert.equal(
    beats(),
    ['collections', 'collections', 'collections', 'collections'],
    'the first batch is under way',
  )
  next.release()
  await settled()
  assert.equal(beats(), ['batches that the pipelines take'])
  kernel.failure = new Error('broken')
  await clock.advance(30_000)
  assert.equal(beats(), [])
  kernel.failure = undefined
  const done = receiver.shutdown(never)
  await settled()
  next.release()
  await done
  assert.equal(beats(), [
    'batches that the pipelines take stopped',
    'collections stopped',
    'batches that the pipelines take',
  ])
})
timers('times calls for the sampling window of every sampling interval', async () => {
  const written = { latency: 'sampled', sampling: { interval: '5s', window: '500ms' } }
  const { start, clock, kernel } = createScene(sink(), { written })
  await start()
  const timing = () => takeJournal(kernel).filter(line => line.startsWith('timing'))
  assert.equal(timing(), ['timing on'])
  await clock.advance(500)
  assert.equal(timing(), ['timing off'])
  await clock.advance(4500)
  assert.equal(timing(), ['timing on'])
})
timers('keeps the kernel side as it is when every call is timed anyway', async () => {
  const { start, clock, kernel } = createScene(sink())
  await start()
  await clock.advance(60_000)
  assert.equal(
    kernel.journal.filter(line => line.startsWith('timing')),
    [],
  )
})
timers('collects nothing while the last batch is on its way', async () => {
  const next = held()
  const { start, clock } = createScene(next)
  await start()
  await clock.advance(50_000)
  assert.is(next.waiting.length, 1)
  next.release()
  await settled()
  await clock.advance(10_000)
  assert.is(next.waiting.length, 1)
})
timers('goes on after a batch that was refused', async () => {
  const { start, clock, log, host } = createScene(failing('PIPE_QUEUE_FULL'))
  await start()
  await clock.advance(30_000)
  assert.is(log.lines.filter(line => line.level === 'warn' && /was not taken/.test(line.message)).length, 5)
  assert.is(host.reports.length, 1, 'no reason to be degraded')
})
timers(
  'makes no batch that would be refused, counts it, says so once, and has all of it in the next',
  async () => {
    const next = sink()
    const limiter = refusing()
    let isRefused = false
    const { receiver, start, clock, kernel, log, readMetrics } = createScene({
      ...next,
      refusal: () => (isRefused ? limiter.refusal() : undefined),
    })
    await start()
    kernel.call(1n, 0)
    await clock.advance(10_000)
    isRefused = true
    const before = next.batches.length
    kernel.call(1n, 0)
    kernel.died(1n)
    await clock.advance(60_000)
    assert.is(next.batches.length, before)
    assert.equal(limiter.counted, [3, 3, 3, 3, 3, 3])
    const said = log.lines.filter(({ message }) => message.startsWith('collections are not taken'))
    assert.equal(
      said.map(({ fields }) => fields.error),
      ['PipelineError: refusing consumer'],
    )
    isRefused = false
    await clock.advance(10_000)
    const [point] = toPoints(next.batches.at(-1)!)
    assert.equal([point!.value, point!.ended], [2n, false], 'its end waits for the collection that is taken')
    await clock.advance(30_000)
    const ends = next.batches.slice(before).filter(batch => toPoints(batch)[0]?.ended)
    assert.is(ends.length, 1)
    assert.is((await readMetrics())['receiver_ebpf_unaccounted_calls{receiver=test}'], 0)
    await receiver.shutdown(never)
  },
)
timers('drains, and collects nothing, without a consumer of metrics', async () => {
  const { start, clock, kernel } = createScene(undefined)
  await start()
  takeJournal(kernel)
  await clock.advance(10_000)
  assert.is(takeJournal(kernel).filter(line => line === 'take').length, 100)
})
timers('reports a look that fails, and looks again', async () => {
  const next = sink()
  const { start, clock, kernel, host, log } = createScene(next)
  await start()
  kernel.failure = new Error('ring record: type must be 1 to 4')
  await clock.advance(100)
  assert.is(host.reports.at(-1)?.status, 'recoverable')
  assert.is(host.reports.at(-1)?.cause, kernel.failure)
  assert.ok(log.lines.some(line => line.level === 'error' && String(line.fields.error).includes('1 to 4')))
  kernel.failure = undefined
  await clock.advance(10_000)
  assert.is(next.batches.length, 3)
})
timers('shows its own metrics, which look at nothing after shutdown', async () => {
  const { start, receiver, kernel, readMetrics } = createScene(sink())
  const queue = async () => (await readMetrics())['receiver_ebpf_queue_size{receiver=test}']
  await start()
  kernel.ring = { queuedBytes: 5, stalls: 0n }
  assert.is(await queue(), 5)
  await receiver.shutdown(never)
  kernel.ring = { queuedBytes: 6, stalls: 0n }
  assert.is.not(await queue(), 6)
})
timers.run()

const shutdown = suite('shutdown')
shutdown('does nothing before start, and nothing twice', async () => {
  const next = sink()
  const { receiver, start, kernel } = createScene(next)
  await receiver.shutdown(never)
  await start()
  await receiver.shutdown(never)
  await receiver.shutdown(never)
  assert.is(next.batches.length, 2)
  assert.is(kernel.journal.filter(line => line === 'close').length, 1)
})
shutdown('sends what was counted since the last collection, then closes', async () => {
  const next = held()
  const { receiver, start, kernel, clock } = createScene(next, { written: { latency: 'sampled' } })
  await start()
  next.release()
  await settled()
  kernel.call(1n, 0)
  takeJournal(kernel)
  const done = receiver.shutdown(never)
  await settled()
  assert.equal(takeJournal(kernel), ['timing off', 'take'])
  assert.is(next.waiting[0]!.tables[0]!.rows, 1)
  next.release()
  await done
  assert.equal(takeJournal(kernel), ['close'])
  assert.is(clock.pending(), 0)
})
shutdown('shows its own metrics until the last batch is sent', async () => {
  const seen: (number | undefined)[] = []
  const next: Consumer<'metrics'> = {
    mutates: false,
    consume: async () =>
      void seen.push((await scene.readMetrics())['receiver_ebpf_queue_size{receiver=test}']),
  }
  const scene = createScene(next)
  await scene.start()
  await scene.receiver.shutdown(never)
  assert.is(seen.length, 2)
  assert.type(seen[1], 'number')
})
shutdown('waits for the batch that is on its way, and sends one more', async () => {
  const next = held()
  const { receiver, start, clock } = createScene(next)
  await start()
  await clock.advance(10_000)
  const done = receiver.shutdown(never)
  next.release()
  await settled()
  assert.is(next.waiting.length, 1)
  next.release()
  await done
})
for (const [name, abortFirst] of [
  ['during', false],
  ['before', true],
] as const)
  shutdown(`tells the consumer of a deadline that passes ${name} it, and closes`, async () => {
    const deadline = new AbortController()
    const next: Consumer<'metrics'> = {
      mutates: false,
      // Stuck until it is told to give up.
      consume: (_batch, abort) =>
        new Promise((_resolve, reject) => {
          if (abort.aborted) reject(abort.reason)
          abort.addEventListener('abort', () => reject(abort.reason))
        }),
    }
    const { receiver, start, clock, kernel } = createScene(next)
    await start()
    await clock.advance(10_000)
    if (abortFirst) deadline.abort()
    const done = receiver.shutdown(deadline.signal)
    await settled()
    deadline.abort()
    await done
    assert.is(kernel.journal.at(-1), 'close')
  })
shutdown('closes even when the last look fails', async () => {
  const { receiver, start, kernel } = createScene(sink())
  await start()
  kernel.failure = new Error('broken')
  const failure = await receiver.shutdown(never).catch((error: unknown) => error)
  assert.is(failure, kernel.failure)
  assert.is(kernel.journal.at(-1), 'close')
})
shutdown.run()
