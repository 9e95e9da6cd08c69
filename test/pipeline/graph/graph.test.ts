import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Consumer, Host, Signal } from '../../../pipeline/component.ts'
import type { Batches } from '../../../pipeline/data/batches.ts'
import { MAX_UNFINISHED } from '../../../pipeline/graph/fanout.ts'
import { perSignal } from '../../../pipeline/per-signal.ts'
import { createRegistry } from '../../../pipeline/registry.ts'
import { component, fakeExporter, fakeProcessor, fakeReceiver } from '../../kit/components.ts'
import { failing, held, refusing, settled, sink } from '../../kit/consumers.ts'
import { never } from '../../kit/context.ts'
import { logsBatch, spansBatch } from '../../kit/events.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'
import { fakes, graphOf, ONE, type Pipelines } from './kit.ts'

const batch = () => metricsBatch([{ values: { n: 1 } }, { resource: 'b', values: { n: 2 } }])

const building = suite('building')
building(
  'one receiver and exporter per id, one processor per pipeline and id, nothing that no pipeline uses',
  () => {
    const { journal, registry } = fakes()
    graphOf(
      {
        metrics: [['fake'], ['fake', 'fake/2'], ['fake']],
        'metrics/b': [['fake'], ['fake'], ['fake', 'fake/other']],
      },
      registry,
    )
    assert.equal(journal, [
      'create exporters::fake',
      'create exporters::fake/other',
      'create processors::fake/2',
      'create processors::fake',
      'create processors::fake',
      'create receivers::fake',
    ])
  },
)
building('every problem is told, and nothing is created', () => {
  const { journal, registry } = fakes()
  try {
    graphOf({ traces: [['fake'], [], ['fake']], metrics: [['fake'], [], ['fake']] }, registry)
    assert.unreachable()
  } catch (error) {
    assert.is(
      (error as Error).message,
      'receivers::fake: does not support traces (supports: metrics)\n' +
        'exporters::fake: does not support traces (supports: metrics)',
    )
  }
  assert.equal(journal, [])
})
building('a factory that throws is named', () => {
  const { registry } = fakes()
  const broken = {
    ...registry.exporters.get('fake')!,
    create: () => {
      throw new Error('no key')
    },
  }
  assert.throws(
    () => graphOf(ONE, { ...registry, exporters: new Map([['fake', broken]]) }),
    (error: Error) => error.message === 'exporters::fake: no key',
  )
})
building.run()

const flow = suite('the flow of data')
flow('goes from the receiver through the processors in order to every exporter', async () => {
  const seen: string[] = []
  const { receiver, exporter, registry } = fakes()
  const tracer = (type: string) => fakeProcessor([], { consume: async () => void seen.push(type) }, type)
  const processors = createRegistry([tracer('first'), tracer('second')]).processors
  graphOf({ metrics: [['fake'], ['first', 'second'], ['fake', 'fake/2']] }, { ...registry, processors })
  await receiver.next.get('fake')!.metrics!.consume(batch(), never)
  assert.equal(seen, ['first', 'second'])
  assert.equal(
    [...exporter.sinks.values()].map(sink => sink.batches.length),
    [1, 1],
  )
})
flow('a processor that writes, late in one pipeline, does not spoil the batch of another', async () => {
  const { receiver, exporter, registry } = fakes()
  const spoiler = fakeProcessor(
    [],
    {
      mutates: true,
      async consume(given) {
        const column = given.tables[0]!.metrics[0]!
        if (column.type === 'sum') column.values[0] = 99n
      },
    },
    'spoiler',
  )
  const processors = createRegistry([fakeProcessor(), spoiler]).processors
  const pipelines: Pipelines = {
    metrics: [['fake'], ['fake', 'spoiler'], ['fake/a']],
    'metrics/b': [['fake'], [], ['fake/b']],
  }
  graphOf(pipelines, { ...registry, processors })
  await receiver.next.get('fake')!.metrics!.consume(batch(), never)
  const firstOf = (id: string) => toPoints(exporter.sinks.get(id)!.batches[0]!)[0]!.value
  assert.equal([firstOf('fake/a'), firstOf('fake/b')], [99n, 1n])
})
flow('each signal takes the pipelines of its own, through one receiver and one exporter', async () => {
  const { receiver, exporter, processor } = ofEverySignal()
  const registry = createRegistry([receiver.factory, processor, exporter.factory])
  const { read } = graphOf(
    { traces: ONE.metrics!, logs: ONE.metrics!, 'logs/b': [['fake'], [], ['fake']] },
    registry,
  )
  const next = receiver.next.get('fake')!
  assert.equal(Object.keys(next), ['traces', 'logs'])
  const [spans, logs] = [spansBatch([{}]), logsBatch([{}, {}])]
  await next.traces!.consume(spans, never)
  await next.logs!.consume(logs, never)
  const { traces, logs: taken } = exporter.sinks
  assert.equal([traces.batches, taken.batches], [[spans], [logs, logs]])
  const inTraces = '{otel.signal=traces,pipeline=traces,processor=fake}'
  const inLogs = '{otel.signal=logs,pipeline=logs,processor=fake}'
  assert.equal(await read(), {
    'receiver_accepted_spans{receiver=fake}': 1,
    'receiver_accepted_log_records{receiver=fake}': 2,
    'receiver_refused_spans{receiver=fake}': 0,
    'receiver_refused_log_records{receiver=fake}': 0,
    [`processor_incoming_items${inTraces}`]: 1,
    [`processor_outgoing_items${inTraces}`]: 1,
    [`processor_incoming_items${inLogs}`]: 2,
    [`processor_outgoing_items${inLogs}`]: 2,
    'exporter_sent_spans{exporter=fake}': 1,
    'exporter_sent_log_records{exporter=fake}': 4,
    [`processor_internal_duration${inTraces}`]: 1,
    [`processor_internal_duration${inLogs}`]: 1,
    'receiver_failed_spans{receiver=fake}': 0,
    'receiver_failed_log_records{receiver=fake}': 0,
  })
})
flow.run()

/** One of each kind that knows all signals; the exporter has one instance, which keeps what it is given. */
function ofEverySignal() {
  const stability = { traces: 'stable', metrics: 'stable', logs: 'stable' } as const
  const receiver = fakeReceiver()
  const processor = fakeProcessor()
  const exporter = fakeExporter()
  const sinks = { traces: sink<'traces'>(), metrics: sink(), logs: sink<'logs'>() }
  const create = <S extends Signal>({ id }: { readonly id: string }, next: Consumer<S>) => ({
    ...component([], id, {}),
    mutates: false,
    consume: (given: Batches[S], abort: AbortSignal) => next.consume(given, abort),
  })
  return {
    receiver: { ...receiver, factory: { ...receiver.factory, stability } },
    processor: {
      ...processor,
      stability,
      create: perSignal({ traces: create, metrics: create, logs: create }),
    },
    exporter: {
      sinks,
      factory: {
        ...exporter.factory,
        stability,
        create: () => ({ ...component([], 'fake', {}), consumers: sinks }),
      },
    },
  }
}

const counting = suite('own metrics')
counting('count what goes in and out of each component', async () => {
  const { receiver, registry } = fakes()
  const { read } = graphOf(ONE, registry)
  await receiver.next.get('fake')!.metrics!.consume(batch(), never)
  const labels = '{otel.signal=metrics,pipeline=metrics,processor=fake}'
  assert.equal(await read(), {
    'receiver_accepted_metric_points{receiver=fake}': 2,
    'receiver_refused_metric_points{receiver=fake}': 0,
    'receiver_failed_metric_points{receiver=fake}': 0,
    [`processor_incoming_items${labels}`]: 2,
    [`processor_outgoing_items${labels}`]: 2,
    [`processor_internal_duration${labels}`]: 1,
    'exporter_sent_metric_points{exporter=fake}': 2,
  })
})
counting('count what is refused, and leave an exporter with a queue to count for itself', async () => {
  const { receiver, registry } = fakes({ exporters: { consumer: failing() } })
  const { read } = graphOf({ metrics: [['fake'], [], ['fake']] }, registry)
  await rejects(receiver.next.get('fake')!.metrics!.consume(batch(), never), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  assert.equal(await read(), {
    'receiver_refused_metric_points{receiver=fake}': 2,
    'exporter_send_failed_metric_points{exporter=fake}': 2,
  })
  const queueing = fakes({ exporters: { countsItself: true } })
  const other = graphOf({ metrics: [['fake'], [], ['fake']] }, queueing.registry)
  await queueing.receiver.next.get('fake')!.metrics!.consume(batch(), never)
  assert.equal(await other.read(), {
    'receiver_accepted_metric_points{receiver=fake}': 2,
    'receiver_refused_metric_points{receiver=fake}': 0,
    'receiver_failed_metric_points{receiver=fake}': 0,
  })
})
counting('count what a source did not make because it would be refused, as if it had come', async () => {
  const { receiver, exporter, registry } = fakes()
  const limiter = refusing()
  const processors = createRegistry([fakeProcessor([], { refusal: limiter.refusal })]).processors
  const { read } = graphOf(ONE, { ...registry, processors })
  const refusal = receiver.next.get('fake')!.metrics!.refusal!()!
  refusal.count(9)
  assert.equal([limiter.counted, exporter.sinks.get('fake')!.batches], [[9], []])
  assert.equal(await read(), {
    'receiver_refused_metric_points{receiver=fake}': 9,
    'processor_incoming_items{otel.signal=metrics,pipeline=metrics,processor=fake}': 9,
  })
})
counting('count what a stuck exporter makes the fan-out drop', async () => {
  const stuck = fakeExporter([], { consumer: held() }, 'stuck')
  const { receiver, exporter, registry } = fakes()
  const exporters = createRegistry([stuck.factory, exporter.factory]).exporters
  const { read, clock } = graphOf({ metrics: [['fake'], [], ['stuck', 'fake']] }, { ...registry, exporters })
  const consumed: Promise<void>[] = []
  for (let i = 0; i < 20; i++) {
    consumed.push(
      receiver.next
        .get('fake')!
        .metrics!.consume(batch(), never)
        .catch(() => {}),
    )
    await settled()
  }
  await clock.advance(10_000)
  await Promise.all(consumed)
  const counts = await read()
  assert.is(counts['fanout_dropped_metric_points{consumer=exporters::stuck}'], 2 * (20 - MAX_UNFINISHED))
  assert.is(counts['exporter_sent_metric_points{exporter=fake}'], 2 * 20)
})
counting.run()

const lifecycle = suite('start and shutdown')
lifecycle('start exporters first and receivers last, and stop the other way round', async () => {
  const { journal, registry } = fakes()
  const { graph } = graphOf({ metrics: [['fake'], ['fake', 'fake/2'], ['fake']] }, registry)
  journal.length = 0
  await graph.start(never)
  const up = ['exporters::fake', 'processors::fake/2', 'processors::fake', 'receivers::fake']
  assert.equal(
    journal.splice(0),
    up.map(name => `start ${name}`),
  )
  await graph.shutdown(never)
  assert.equal(
    journal.splice(0),
    up.toReversed().map(name => `shutdown ${name}`),
  )
  await graph.shutdown(never)
  assert.equal(journal, [])
  await rejects(graph.start(never), 'COMPONENT_START_FAILED')
})
lifecycle('extensions start first and stop last, in their order', async () => {
  const { journal, registry } = fakes()
  const { graph } = graphOf(ONE, registry, { extensions: ['fake', 'fake/2'] })
  journal.length = 0
  await graph.start(never)
  await graph.shutdown(never)
  const extensions = journal.map((line, i) => `${i} ${line}`).filter(line => line.includes('extensions'))
  assert.equal(extensions, [
    '0 start extensions::fake',
    '1 start extensions::fake/2',
    '8 shutdown extensions::fake/2',
    '9 shutdown extensions::fake',
  ])
})
lifecycle(
  'a shutdown while it starts waits for the start to be given up, and stops what there is',
  async () => {
    const started = Promise.withResolvers<void>()
    const { journal, registry } = fakes({ processors: { start: () => started.promise } })
    const { graph } = graphOf(ONE, registry)
    const start = rejects(graph.start(never), 'COMPONENT_START_FAILED')
    await settled()
    const stopped = graph.shutdown(never)
    started.resolve()
    await Promise.all([start, stopped])
    assert.not.ok(journal.includes('start receivers::fake'))
    assert.is(journal.filter(line => line.startsWith('shutdown')).length, 3)
  },
)
lifecycle('a failed start shuts everything down and names the component', async () => {
  const cause = new Error('port in use')
  const { journal, registry } = fakes({ receivers: { start: () => Promise.reject(cause) } })
  const { graph, clock } = graphOf(ONE, registry)
  journal.length = 0
  const error = await rejects(graph.start(never), 'COMPONENT_START_FAILED')
  assert.is(error.message, 'receivers::fake: port in use')
  assert.is(error.cause, cause)
  assert.equal(journal.slice(3), [
    'shutdown receivers::fake',
    'shutdown processors::fake',
    'shutdown exporters::fake',
  ])
  assert.is(clock.pending(), 0)
})
lifecycle('an aborted start starts no more, also when a component ignores the abort', async () => {
  const abort = new AbortController()
  const { journal, registry } = fakes({ processors: { start: () => new Promise(() => {}) } })
  const { graph, clock } = graphOf(ONE, registry)
  const started = rejects(graph.start(abort.signal), 'COMPONENT_START_FAILED')
  await settled()
  abort.abort()
  await clock.advance(100)
  assert.is((await started).message, 'processors::fake (metrics): did not start before it was told to stop')
  assert.not.ok(journal.includes('start receivers::fake'))
})
lifecycle('shutdown goes on after errors and throws them together', async () => {
  const refuse = { shutdown: () => Promise.reject(new Error('will not')) }
  const { journal, registry } = fakes({ receivers: refuse, exporters: refuse })
  const { graph } = graphOf(ONE, registry)
  await graph.start(never)
  journal.length = 0
  const error = await graph.shutdown(never).catch((cause: AggregateError) => cause)
  assert.instance(error, AggregateError)
  assert.equal(
    (error as AggregateError).errors.map(e => `${e.code} ${e.message}`),
    ['COMPONENT_STOP_FAILED receivers::fake: will not', 'COMPONENT_STOP_FAILED exporters::fake: will not'],
  )
  assert.is(journal.length, 3)
})
lifecycle('shutdown passes a component that ignores the deadline', async () => {
  const { journal, registry } = fakes({ processors: { shutdown: () => new Promise(() => {}) } })
  const { graph, clock } = graphOf(ONE, registry)
  await graph.start(never)
  const deadline = new AbortController()
  const stopped = graph.shutdown(deadline.signal).catch((error: Error) => error.message)
  await settled()
  assert.is(journal.at(-1), 'shutdown processors::fake')
  deadline.abort()
  await clock.advance(100)
  assert.is(
    await stopped,
    'processors::fake (metrics): did not stop by the deadline; what it held may be lost',
  )
  assert.is(journal.at(-1), 'shutdown exporters::fake')
})
lifecycle('shutdown lets a batch that is under way reach its exporter before that stops', async () => {
  const slow = held()
  const { journal, receiver, registry } = fakes({ exporters: { consumer: slow } })
  const { graph } = graphOf(ONE, registry)
  await graph.start(never)
  const consumed = receiver.next.get('fake')!.metrics!.consume(batch(), never)
  const stopped = graph.shutdown(never)
  await settled()
  assert.not.ok(journal.includes('shutdown exporters::fake'))
  slow.release()
  await Promise.all([consumed, stopped])
  assert.is(journal.at(-1), 'shutdown exporters::fake')
})
lifecycle('shutdown before start is fine', async () => {
  const { registry } = fakes()
  await graphOf(ONE, registry).graph.shutdown(AbortSignal.abort())
})
lifecycle.run()

const status = suite('status')
status('the worst of all reaches the host, each change the log', async () => {
  const hosts: Host[] = []
  const remember = { start: async (host: Host) => void hosts.push(host) }
  const { registry } = fakes({ receivers: remember, exporters: remember })
  const { graph, host, log } = graphOf(ONE, registry)
  await graph.start(never)
  const [exporter, receiver] = hosts
  exporter!.report('ok')
  assert.equal(host.reports, [])
  exporter!.report('recoverable', new Error('server away'))
  receiver!.report('ok')
  exporter!.report('ok')
  receiver!.report('fatal', new Error('map gone'))
  receiver!.report('ok')
  assert.equal(
    host.reports.map(report => `${report.status} ${report.cause?.message ?? ''}`),
    ['recoverable server away', 'ok ', 'fatal receivers::fake: map gone'],
  )
  assert.equal(
    log.lines.map(line => `${line.level} ${line.fields.component} ${line.message}`),
    [
      'warn exporters::fake Component is degraded',
      'info exporters::fake Component works again',
      'error receivers::fake Component cannot go on',
    ],
  )
  assert.equal(
    graph.status().map(s => `${s.component} ${s.state}`),
    ['exporters::fake ok', 'processors::fake (metrics) ok', 'receivers::fake fatal'],
  )
})
status('each is told what all are, from start to stop, and in which pipelines', async () => {
  const told: string[] = []
  const lists: string[] = []
  const watch = {
    start: async ({ statuses }: Host) =>
      void statuses.subscribe(({ component, state }) => {
        told.push(`${component} ${state}`)
        lists.push(
          statuses
            .list()
            .map(one => `${one.kind} ${one.id} ${one.pipelines}`)
            .join('; '),
        )
      }),
  }
  const { registry } = fakes({ exporters: watch })
  const pipelines: Pipelines = {
    metrics: [['fake'], ['fake'], ['fake']],
    'metrics/b': [['fake'], [], ['fake']],
  }
  const { graph } = graphOf(pipelines, registry)
  await graph.start(never)
  await graph.shutdown(never)
  assert.equal(told, [
    'exporters::fake ok',
    'processors::fake (metrics) starting',
    'processors::fake (metrics) ok',
    'receivers::fake starting',
    'receivers::fake ok',
    'receivers::fake stopping',
    'receivers::fake stopped',
    'processors::fake (metrics) stopping',
    'processors::fake (metrics) stopped',
    'exporters::fake stopping',
    'exporters::fake stopped',
  ])
  assert.is(
    lists.at(-1),
    'exporters fake metrics,metrics/b; processors fake metrics; receivers fake metrics,metrics/b',
  )
})
status('what does not start or stop has failed for good', async () => {
  const seen: string[] = []
  const watch = {
    start: async ({ statuses }: Host) =>
      void statuses.subscribe(({ component, state, cause }) =>
        seen.push(`${component} ${state} ${cause?.message ?? ''}`),
      ),
  }
  const broken = {
    start: () => Promise.reject(new Error('no port')),
    shutdown: () => Promise.reject(new Error('no way')),
  }
  const { registry } = fakes({ exporters: watch, receivers: broken })
  const { graph } = graphOf(ONE, registry)
  await rejects(graph.start(never), 'COMPONENT_START_FAILED')
  assert.equal(
    seen.filter(line => line.startsWith('receivers')),
    [
      'receivers::fake starting ',
      'receivers::fake permanent receivers::fake: no port',
      'receivers::fake stopping ',
      'receivers::fake permanent receivers::fake: no way',
    ],
  )
})
status('what a component retains reaches the host with its name', async () => {
  const remember = {
    start: async (host: Host) => host.retain(['CAP_BPF'], 'attaches on demand'),
  }
  const { registry } = fakes({ receivers: remember })
  const { graph, host } = graphOf(ONE, registry)
  await graph.start(never)
  assert.equal(host.retained, [{ capabilities: ['CAP_BPF'], why: 'receivers::fake: attaches on demand' }])
})
status.run()
