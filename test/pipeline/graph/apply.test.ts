/** A running graph goes over to another plan. */
import { getEventListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Consumer, Host } from '../../../pipeline/component.ts'
import { createRegistry } from '../../../pipeline/registry.ts'
import type { Lease, Service } from '../../../pipeline/services.ts'
import { component, fakeExporter, fakeProcessor, fakeReceiver } from '../../kit/components.ts'
import { held, settled } from '../../kit/consumers.ts'
import { never } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'
import { batch, fakes, graphOf, note, ONE, type Pipelines, planOf, running } from './kit.ts'

const keeping = suite('what stays')
keeping('an equal plan touches nothing', async () => {
  const { graph, journal, send, exporter } = await running(ONE, {}, { extensions: ['fake'] })
  const plan = planOf(ONE, { extensions: ['fake'] })
  assert.equal(await graph.apply(plan, never), { started: [], updated: [], stopped: [], errors: [] })
  assert.equal(journal, [])
  await send()
  assert.is(exporter.sinks.get('fake')!.batches.length, 1)
})
keeping('only what has another configuration is replaced, in the order of the data', async () => {
  const pipelines: Pipelines = { metrics: [['fake'], ['fake', 'fake/2'], ['fake', 'fake/b']] }
  const { graph, journal, send, exporter } = await running(pipelines, {}, { extensions: ['fake/x'] })
  const configs = { 'fake/2': note('new'), 'fake/b': note('new'), 'fake/x': note('new') }
  const applied = await graph.apply(planOf(pipelines, { configs, extensions: ['fake/x'] }), never)
  assert.equal(journal, [
    'create extensions::fake/x',
    'create exporters::fake/b',
    'create processors::fake/2',
    'start extensions::fake/x',
    'start exporters::fake/b',
    'start processors::fake/2',
    'shutdown processors::fake/2',
    'shutdown exporters::fake/b',
    'shutdown extensions::fake/x',
  ])
  assert.equal(applied.stopped, ['processors::fake/2 (metrics)', 'exporters::fake/b', 'extensions::fake/x'])
  await send()
  assert.equal(
    [...exporter.sinks.values()].map(({ batches }) => batches.length),
    [1, 1],
  )
})
keeping('what is new comes, and what is gone goes', async () => {
  const { graph, journal, send, exporter } = await running(ONE)
  const next: Pipelines = {
    metrics: [['fake'], [], ['fake', 'fake/b']],
    'metrics/b': [['fake'], [], ['fake/c']],
  }
  await graph.apply(planOf(next), never)
  assert.equal(
    journal.filter(line => !line.startsWith('create')),
    ['start exporters::fake/b', 'start exporters::fake/c', 'shutdown processors::fake'],
  )
  await send()
  assert.equal(
    [...exporter.sinks].map(([id, { batches }]) => `${id} ${batches.length}`),
    ['fake 1', 'fake/b 1', 'fake/c 1'],
  )
  await graph.apply(planOf(ONE), never)
  await send()
  assert.equal(
    [...exporter.sinks].map(([id, { batches }]) => `${id} ${batches.length}`),
    ['fake 2', 'fake/b 1', 'fake/c 1'],
  )
})
keeping('a receiver that is to give other signals is replaced', async () => {
  const stability = { metrics: 'stable', logs: 'stable' } as const
  const [receiver, exporter] = [fakeReceiver(), fakeExporter()]
  const logs: Consumer<'logs'> = { mutates: false, async consume() {} }
  const registry = createRegistry([
    { ...receiver.factory, stability },
    {
      ...exporter.factory,
      stability,
      create: () => ({ ...component([], 'e', {}), consumers: { metrics: held(), logs } }),
    },
  ])
  const { graph } = graphOf({ metrics: [['fake'], [], ['fake']] }, registry)
  await graph.start(never)
  const plan = planOf({ metrics: [['fake'], [], ['fake']], logs: [['fake'], [], ['fake']] })
  assert.equal((await graph.apply(plan, never)).started, ['receivers::fake'])
  assert.equal(Object.keys(receiver.next.get('fake')!), ['metrics', 'logs'])
})
keeping('processors in another order are all replaced', async () => {
  const pipelines: Pipelines = { metrics: [['fake'], ['fake/a', 'fake/b'], ['fake']] }
  const { graph } = await running(pipelines)
  const other: Pipelines = { metrics: [['fake'], ['fake/b', 'fake/n', 'fake/a'], ['fake']] }
  const { stopped } = await graph.apply(planOf(other), never)
  assert.equal(stopped, ['processors::fake/a (metrics)', 'processors::fake/b (metrics)'])
})
keeping('the pipeline behind a connector changes, and the connector does not', async () => {
  const pipelines: Pipelines = {
    metrics: [['fake'], [], ['connect']],
    'metrics/b': [['connect'], ['fake'], ['fake']],
  }
  const { graph, journal, send, exporter } = await running(pipelines)
  await graph.apply(planOf(pipelines, { configs: { fake: note('new') } }), never)
  assert.not(journal.some(line => line.includes('connect')))
  await send()
  const without: Pipelines = {
    metrics: [['fake'], [], ['connect']],
    'metrics/c': [['connect'], [], ['fake']],
  }
  await graph.apply(planOf(without, { configs: { fake: note('new') } }), never)
  await send()
  assert.is(exporter.sinks.get('fake')!.batches.length, 2)
})
keeping.run()

const updating = suite('update')
/** Processors that say `isTaken` when they are updated. */
function updatable(isTaken: boolean | Error) {
  const seen: object[] = []
  const { journal, registry, receiver } = fakes()
  const plain = fakeProcessor(journal)
  const processor = {
    ...plain,
    create: (...args: Parameters<typeof plain.create>) => ({
      ...plain.create(...args),
      async update(config: object) {
        seen.push(config)
        if (isTaken instanceof Error) throw isTaken
        return isTaken
      },
    }),
  }
  const processors = createRegistry([processor]).processors
  return { seen, journal, receiver, registry: { ...registry, processors } }
}
updating('is asked first, with the configuration, and not when nothing has changed', async () => {
  const { seen, journal, registry } = updatable(true)
  const { graph } = graphOf(ONE, registry)
  await graph.start(never)
  journal.length = 0
  const plan = planOf(ONE, { configs: { fake: note('new') } })
  const applied = await graph.apply(planOf(ONE), never)
  assert.equal([applied.updated, seen], [[], []])
  assert.equal((await graph.apply({ ...planOf(ONE), processors: plan.processors }, never)).updated, [
    'processors::fake (metrics)',
  ])
  assert.equal([seen, journal], [[note('new')], []])
  await graph.apply({ ...planOf(ONE), processors: plan.processors }, never)
  assert.is(seen.length, 1)
})
updating('a component that cannot is replaced', async () => {
  const { journal, registry } = updatable(false)
  const { graph } = graphOf(ONE, registry)
  await graph.start(never)
  journal.length = 0
  const { processors } = planOf(ONE, { configs: { fake: note('new') } })
  await graph.apply({ ...planOf(ONE), processors }, never)
  assert.equal(journal, ['create processors::fake', 'start processors::fake', 'shutdown processors::fake'])
})
updating('is taken back when the plan fails after it', async () => {
  const { seen, registry } = updatable(true)
  const { graph } = graphOf({ metrics: [['fake'], ['fake', 'fake/2'], ['fake']] }, registry)
  await graph.start(never)
  const abort = new AbortController()
  const plan = planOf(
    { metrics: [['fake'], ['fake', 'fake/2'], ['fake']] },
    { configs: { fake: note('new'), 'fake/2': note('new') } },
  )
  const parts = planOf({ metrics: [['fake'], ['fake', 'fake/2'], ['fake']] })
  const push = seen.push.bind(seen)
  seen.push = config => {
    abort.abort()
    return push(config)
  }
  await rejects(
    graph.apply({ ...parts, processors: plan.processors }, abort.signal),
    'COMPONENT_START_FAILED',
  )
  assert.equal(seen, [note('new'), {}])
})
updating.run()

const refusing = suite('a plan that cannot be')
refusing('is refused before anything is created', async () => {
  const { graph, journal, send, exporter } = await running(ONE)
  await rejects(graph.apply(planOf({ traces: ONE.metrics! }), never), 'CONFIG_INVALID')
  assert.equal(journal, [])
  await send()
  assert.is(exporter.sinks.get('fake')!.batches.length, 1)
})
refusing('a start that fails takes back all that had been started, and data flows on', async () => {
  const journal: string[] = []
  const good = fakeExporter(journal)
  const bad = fakeExporter(journal, { start: () => Promise.reject(new Error('port in use')) }, 'bad')
  const receiver = fakeReceiver(journal)
  const registry = createRegistry([receiver.factory, fakeProcessor(journal), good.factory, bad.factory])
  const { graph, host } = graphOf(ONE, registry)
  await graph.start(never)
  journal.length = 0
  const plan = planOf(
    { metrics: [['fake'], ['fake'], ['fake/new', 'bad']] },
    { configs: { fake: note('new') } },
  )
  const error = await rejects(graph.apply(plan, never), 'COMPONENT_START_FAILED')
  assert.is(error.message, 'exporters::bad: port in use')
  assert.equal(
    journal.filter(line => !line.startsWith('create')),
    [
      'start exporters::fake/new',
      'start exporters::bad',
      'shutdown receivers::fake',
      'shutdown processors::fake',
      'shutdown exporters::bad',
      'shutdown exporters::fake/new',
    ],
  )
  assert.equal(
    graph.status().map(({ component }) => component),
    ['exporters::fake', 'processors::fake (metrics)', 'receivers::fake'],
  )
  assert.equal(host.reports, [])
  await receiver.next.get('fake')!.metrics!.consume(batch(), never)
  await graph.apply(planOf(ONE), never)
})
refusing('what a new receiver has given before the failure is delivered', async () => {
  const journal: string[] = []
  const exporter = fakeExporter(journal)
  const given: Promise<void>[] = []
  const eager = fakeReceiver(journal)
  const start = async () => void given.push(eager.next.get('fake')!.metrics!.consume(batch(), never))
  const receiver = { ...fakeReceiver(journal, { start }).factory, create: eager.factory.create }
  const bad = fakeReceiver(journal, { start: () => Promise.reject(new Error('no')) }, 'bad')
  const registry = createRegistry([
    {
      ...receiver,
      create: (c, next) => ({ ...eager.factory.create(c as never, next), start }),
    },
    bad.factory,
    exporter.factory,
  ])
  const { graph } = graphOf({ metrics: [['fake'], [], ['fake']] }, registry)
  await graph.start(never)
  const plan = planOf({ metrics: [['fake', 'bad'], [], ['fake']] }, { configs: { fake: note('new') } })
  await rejects(graph.apply({ ...plan, exporters: planOf(ONE).exporters }, never), 'COMPONENT_START_FAILED')
  await Promise.all(given)
  assert.is(exporter.sinks.get('fake')!.batches.length, 2)
})
refusing('as is one for a graph that does not run, or runs no more', async () => {
  const { registry } = fakes()
  const { graph } = graphOf(ONE, registry)
  await rejects(graph.apply(planOf(ONE), never), 'COMPONENT_START_FAILED')
  await graph.start(never)
  await graph.shutdown(never)
  await rejects(graph.apply(planOf(ONE), never), 'COMPONENT_START_FAILED')
})
refusing.run()

const ending = suite('one thing at a time')
ending('applies wait for each other', async () => {
  const { graph, journal } = await running(ONE)
  const plans = [note('1'), note('2')].map(fake => planOf(ONE, { configs: { fake } }))
  const applied = await Promise.all(plans.map(plan => graph.apply(plan, never)))
  assert.equal(
    applied.map(({ started }) => started.length),
    [3, 3],
  )
  const half = journal.length / 2
  assert.equal(journal.slice(0, half), journal.slice(half))
})
ending('a shutdown while new components start takes those back, and stops what runs', async () => {
  let starts = 0
  const behaviours = {
    exporters: { start: () => (++starts > 1 ? new Promise(() => {}) : Promise.resolve()) },
  }
  const { graph, journal, clock } = await running(ONE, behaviours)
  const applied = rejects(
    graph.apply(planOf(ONE, { configs: { fake: note('new') } }), never),
    'COMPONENT_START_FAILED',
  )
  await settled()
  const stopped = graph.shutdown(never)
  await settled()
  await clock.advance(100)
  assert.is((await applied).message, 'exporters::fake: did not start before it was told to stop')
  await stopped
  assert.is(journal.filter(line => line.startsWith('shutdown')).length, 6)
  assert.is(clock.pending(), 0)
})
ending('a shutdown while old components stop is over by its deadline', async () => {
  const { graph, journal, clock } = await running(ONE, {
    processors: { shutdown: () => new Promise(() => {}) },
  })
  const applied = graph.apply(planOf(ONE, { configs: { fake: note('new') } }), never)
  await settled()
  const deadline = new AbortController()
  const stopped = graph.shutdown(deadline.signal).catch((error: Error) => error.message)
  await settled()
  deadline.abort()
  for (let i = 0; i < 5; i++) {
    await settled()
    await clock.advance(100)
  }
  const [error] = (await applied).errors
  assert.match(error!.message, 'processors::fake (metrics): did not stop by the deadline')
  assert.match(String(await stopped), 'did not stop by the deadline')
  assert.is(journal.filter(line => line.startsWith('shutdown')).length, 6)
})
ending('what old components refuse is told, and the plan is applied all the same', async () => {
  const refuse = { shutdown: () => Promise.reject(new Error('will not')) }
  const { graph, send, exporter } = await running(ONE, { processors: refuse })
  const { errors } = await graph.apply(planOf({ metrics: [['fake'], [], ['fake']] }), never)
  assert.equal(
    errors.map(({ message }) => message),
    ['processors::fake (metrics): will not'],
  )
  await send()
  assert.is(exporter.sinks.get('fake')!.batches.length, 1)
})
ending.run()

const telling = suite('what is told')
telling('what was said of a component stays with it, and goes with it', async () => {
  const hosts: Host[] = []
  const remember = { start: async (host: Host) => void hosts.push(host) }
  const { graph, host } = await running(ONE, { receivers: remember, exporters: remember })
  const [exporter, receiver] = hosts
  receiver!.report('recoverable', new Error('slow'))
  exporter!.report('recoverable', new Error('away'))
  const next = { ...planOf(ONE), exporters: planOf(ONE, { configs: { fake: note('new') } }).exporters }
  await graph.apply(next, never)
  exporter!.report('recoverable', new Error('gone'))
  assert.equal(
    graph.status().map(({ component, cause }) => `${component} ${cause?.message ?? 'ok'}`),
    ['processors::fake (metrics) ok', 'receivers::fake slow', 'exporters::fake ok'],
  )
  assert.equal(
    host.reports.map(({ cause }) => cause?.message),
    ['slow', 'away', 'slow'],
  )
})
telling('counters go on, of what stays, what is replaced, and what is gone and comes back', async () => {
  const { graph, send, read } = await running(ONE)
  await send()
  await graph.apply(planOf(ONE, { configs: { fake: note('new') } }), never)
  await send()
  await graph.apply(
    planOf({ metrics: [['fake'], [], ['fake/b']] }, { configs: { fake: note('new') } }),
    never,
  )
  await send()
  await graph.apply(planOf(ONE), never)
  await send()
  const counts = await read()
  assert.is(counts['receiver_accepted_metric_points{receiver=fake}'], 4)
  assert.is(counts['exporter_sent_metric_points{exporter=fake}'], 3)
  assert.is(counts['exporter_sent_metric_points{exporter=fake/b}'], 1)
  assert.is(counts['processor_incoming_items{otel.signal=metrics,pipeline=metrics,processor=fake}'], 3)
})
telling('a service that a component and its successor lease stays open', async () => {
  let opened = 0
  const closed: string[] = []
  const leases = new Map<Host, { release(abort: AbortSignal): Promise<void> }>()
  const { graph, services } = await running(ONE, {
    exporters: {
      async start(host: Host) {
        const open = () => ({ close: async () => void closed.push(`${opened}`) })
        const lease = await host.service('shared', () => {
          opened++
          return open()
        })
        leases.set(host, lease)
      },
      async shutdown(abort: AbortSignal) {
        const [host, lease] = [...leases][0]!
        leases.delete(host)
        await lease.release(abort)
      },
    },
  })
  await graph.apply(planOf(ONE, { configs: { fake: note('new') } }), never)
  assert.equal([opened, closed], [1, []])
  await graph.apply(planOf({ metrics: [['fake'], [], ['fake/b']] }), never)
  assert.equal([opened, closed], [1, []])
  await graph.shutdown(never)
  assert.equal([opened, closed], [1, ['1']])
  await services.hold()(never)
})
telling('a service that does not close in order is an error of a plan that is applied', async () => {
  const open = () => ({ close: () => Promise.reject(new Error('socket stuck')) })
  let lease: Lease<Service> | undefined
  const { graph } = await running(ONE, {
    processors: {
      start: async (host: Host) => {
        lease = await host.service('stuck', open)
      },
      shutdown: (abort: AbortSignal) => lease!.release(abort),
    },
  })
  const { stopped, errors } = await graph.apply(planOf({ metrics: [['fake'], [], ['fake']] }), never)
  assert.equal(
    [stopped, errors.map(({ message }) => message)],
    [['processors::fake (metrics)'], ['socket stuck']],
  )
})
telling('a thousand applies leave nothing behind', async () => {
  const { graph, send, read, clock, exporter, journal } = await running(ONE)
  const abort = new AbortController()
  const plans: Pipelines[] = [
    ONE,
    { metrics: [['fake'], [], ['fake', 'fake/b']], 'metrics/b': [['fake'], ['fake'], ['fake/c']] },
    { metrics: [['fake'], ['fake/2', 'fake'], ['connect']], 'metrics/c': [['connect'], [], ['fake']] },
    { metrics: [['fake'], ['fake', 'fake/2'], ['fake']] },
    { 'metrics/other': [['fake'], ['fake'], ['fake/b']] },
  ]
  const configs = [{}, { fake: note('new') }]
  const round = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      await graph.apply(planOf(plans[i % 5]!, { configs: configs[i % 2]! }), abort.signal)
      await send()
      for (const { batches } of exporter.sinks.values()) batches.length = 0
      journal.length = 0
    }
  }
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const gauge = async () => {
    for (let i = 0; i < 5; i++) {
      await settled()
      collectGarbage()
    }
    return process.memoryUsage().heapUsed
  }
  await round(0, 300)
  const before = await gauge()
  const metrics = Object.keys(await read()).length
  await round(300, 1300)
  const grown = (await gauge()) - before
  assert.is(Object.keys(await read()).length, metrics)
  assert.is(getEventListeners(abort.signal, 'abort').length, 0)
  assert.is(graph.status().length, 3)
  assert.is(clock.pending(), 0)
  assert.ok(grown < 500_000, `${grown} bytes more`)
  await graph.shutdown(never)
})
telling.run()
