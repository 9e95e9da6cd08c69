/** A running graph goes over to another plan. */
import { getEventListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Consumer, Factory, Host } from '../../pipeline/component.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import type { Plan } from '../../pipeline/plan.ts'
import { createRegistry } from '../../pipeline/registry.ts'
import { component, fakeConnector, fakeExporter, fakeProcessor, fakeReceiver } from '../kit/components.ts'
import { held, settled } from '../kit/consumers.ts'
import { never } from '../kit/context.ts'
import { metricsBatch, toPoints } from '../kit/metrics.ts'
import { seeded } from '../kit/random.ts'
import { rejects } from '../kit/rejects.ts'
import { fakes, graphOf, type Pipelines, planOf } from './graph-kit.ts'

const batch = (n = 1) => metricsBatch([{ values: { n } }])
const ONE: Pipelines = { metrics: [['fake'], ['fake'], ['fake']] }
const note = (text: string) => ({ note: text })

/** A started graph of fakes, its journal empty. */
async function running(pipelines: Pipelines, behaviours: Parameters<typeof fakes>[0] = {}, more = {}) {
  const parts = fakes(behaviours)
  const rig = graphOf(pipelines, parts.registry, more)
  await rig.graph.start(never)
  parts.journal.length = 0
  return { ...parts, ...rig, send: () => parts.receiver.next.get('fake')!.metrics!.consume(batch(), never) }
}

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

const flowing = suite('data under way')
flowing('what a processor holds comes out before what is newer, and a stopped one gets nothing', async () => {
  const seen: string[] = []
  let made = 0
  const plain = fakeProcessor()
  /** Keeps the first batch until it is shut down. */
  const holding = {
    ...plain,
    create: (...[, next]: Parameters<typeof plain.create>) => {
      const name = `p${++made}`
      let kept: MetricsBatch | undefined
      let isStopped = false
      return {
        async start() {},
        async shutdown(abort: AbortSignal) {
          if (kept) await next.metrics!.consume(kept, abort)
          kept = undefined
          await settled()
          isStopped = true
        },
        consumers: {
          metrics: {
            mutates: false,
            async consume(given: MetricsBatch, abort: AbortSignal) {
              assert.not(isStopped, `${name} is stopped`)
              if (made === 1 && !kept) kept = given
              else await next.metrics!.consume(given, abort)
            },
          },
        },
      }
    },
  }
  const journal: string[] = []
  const consumer: Consumer<'metrics'> = {
    mutates: false,
    consume: async given => void seen.push(String(toPoints(given)[0]!.value)),
  }
  const receiver = fakeReceiver(journal)
  const registry = createRegistry([receiver.factory, holding, fakeExporter(journal, { consumer }).factory])
  const pipelines: Pipelines = { metrics: [['fake'], ['fake/a', 'fake/b'], ['fake']] }
  const { graph } = graphOf(pipelines, registry)
  await graph.start(never)
  const send = (n: number) => receiver.next.get('fake')!.metrics!.consume(batch(n), never)
  made = 1
  await send(1)
  made = 2
  const applied = graph.apply(planOf({ metrics: [['fake'], ['fake/c'], ['fake']] }), never)
  const sent: Promise<void>[] = []
  for (let n = 2; n < 9; n++) {
    await settled()
    sent.push(send(n))
  }
  await Promise.all([applied, ...sent])
  assert.equal(seen, ['1', '2', '3', '4', '5', '6', '7', '8'])
})
flowing('what a receiver sends at its end comes before what its successor sends at its start', async () => {
  const sent: Promise<void>[] = []
  let made = 0
  const create = (...[, next]: Parameters<Factory<unknown>['create']>) => {
    const n = ++made
    const send = (value: number) => next.metrics!.consume(batch(value), never)
    return {
      start: async () => void sent.push(send(10 * n)),
      shutdown: () => settled().then(() => send(10 * n + 9)),
    }
  }
  const exporter = fakeExporter()
  const registry = createRegistry([{ ...fakeReceiver().factory, create }, exporter.factory])
  const pipelines: Pipelines = { metrics: [['fake'], [], ['fake']] }
  const { graph } = graphOf(pipelines, registry)
  await graph.start(never)
  const { receivers } = planOf(pipelines, { configs: { fake: note('new') } })
  await graph.apply({ ...planOf(pipelines), receivers }, never)
  await Promise.all(sent)
  const values = exporter.sinks.get('fake')!.batches.map(one => Number(toPoints(one)[0]!.value))
  assert.equal(values, [10, 19, 20])
})
flowing('what comes while a pipeline gives way to another takes the new one', async () => {
  const { graph, send, exporter, read } = await running(ONE, { processors: { shutdown: settled } })
  const applied = graph.apply(planOf({ 'metrics/b': ONE.metrics! }), never)
  const sent: Promise<void>[] = []
  for (let i = 0; i < 4; i++) {
    sent.push(send())
    await settled()
  }
  await Promise.all([applied, ...sent])
  assert.is(exporter.sinks.get('fake')!.batches.length, 4)
  const counts = await read()
  const cameTo = (id: string) =>
    counts[`processor_incoming_items{otel.signal=metrics,pipeline=${id},processor=fake}`]
  assert.equal([cameTo('metrics'), cameTo('metrics/b')], [1, 3])
})
flowing('a replaced exporter is stopped when it has what came to it, and holds nothing up', async () => {
  const slow: ReturnType<typeof held>[] = []
  const create = () => {
    const consumer = held()
    slow.push(consumer)
    return { ...component(journal, `e${slow.length}`, {}), consumers: { metrics: consumer } }
  }
  const journal: string[] = []
  const receiver = fakeReceiver()
  const registry = createRegistry([receiver.factory, { ...fakeExporter().factory, create }])
  const pipelines: Pipelines = { metrics: [['fake'], [], ['fake']] }
  const { graph } = graphOf(pipelines, registry)
  await graph.start(never)
  const send = () => receiver.next.get('fake')!.metrics!.consume(batch(), never)
  const first = send()
  const { exporters } = planOf(pipelines, { configs: { fake: note('new') } })
  const applied = graph.apply({ ...planOf(pipelines), exporters }, never)
  await settled()
  const second = send()
  await settled()
  assert.equal(
    slow.map(({ waiting }) => waiting.length),
    [1, 1],
  )
  assert.not(journal.includes('shutdown e1'))
  slow[0]!.release()
  await applied
  assert.ok(journal.includes('shutdown e1'))
  slow[1]!.release()
  await Promise.all([first, second])
})
/** Exporters and processors of the random plans, by pipeline; the last stands behind a connector. */
const POOL = {
  metrics: { processors: ['fake/p', 'fake/q', 'fake/r'], exporters: ['fake/a', 'fake/b', 'fake/c'] },
  'metrics/x': { processors: ['fake/p', 'fake/r'], exporters: ['fake/x', 'fake/y'] },
  'metrics/z': { processors: ['fake/q'], exporters: ['fake/z', 'fake/zz'] },
}
type Ways = Readonly<Record<string, string>>

/** A plan with some of the pool, and by pipeline the exporters that a batch is to reach. */
function randomPlan(random: () => number): { plan: Plan; ways: Ways } {
  const pick = (ids: readonly string[]) => ids.filter(() => random() < 0.5)
  const some = (ids: readonly string[]) =>
    [...pick(ids.slice(1)), ids[0]!].filter((_, i) => i > 0 || random() < 0.5)
  const pipelines: Pipelines = {}
  const ways: Record<string, string> = {}
  const isJoined = random() < 0.5
  for (const [id, { processors, exporters }] of Object.entries(POOL)) {
    const isThere = id === 'metrics' || (id === 'metrics/z' ? isJoined : random() < 0.5)
    const chosen = some(exporters)
    const own = chosen.length > 0 ? chosen : [exporters[0]!]
    ways[id] = isThere ? [...own].sort().join() : ''
    if (!isThere) continue
    const order = random() < 0.2 ? pick(processors).reverse() : pick(processors)
    const joins = id === 'metrics' && isJoined ? ['connect'] : []
    pipelines[id] = [[id === 'metrics/z' ? 'connect' : 'fake'], order, [...own, ...joins]]
  }
  const changing = [
    'fake/p',
    'fake/q',
    'fake/a',
    'fake/y',
    'fake/z',
    'connect',
    ...(random() < 0.2 ? ['fake'] : []),
  ]
  const configs = Object.fromEntries(pick(changing).map(id => [id, note(`${random()}`)]))
  return { plan: planOf(pipelines, { configs }), ways }
}

flowing(
  'whatever plans follow each other, a batch goes through each pipeline once, as one of the plans has it',
  async () => {
    const random = seeded(7)
    const pause = async () => {
      for (let i = random() * 4; i > 0; i--) await settled()
    }
    const got = new Map<MetricsBatch, string[]>()
    const consumerOf = (id: string): Consumer<'metrics'> => ({
      mutates: false,
      async consume(given) {
        await pause()
        got.set(given, [...(got.get(given) ?? []), id])
      },
    })
    const receiver = fakeReceiver()
    const registry = createRegistry([
      receiver.factory,
      fakeProcessor([], { consume: pause, shutdown: pause }),
      fakeConnector(),
      {
        ...fakeExporter().factory,
        create: c => ({
          ...component([], c.id, { shutdown: pause }),
          consumers: { metrics: consumerOf(c.id) },
        }),
      },
    ])
    const first = randomPlan(random)
    const { graph } = graphOf({ metrics: [['fake'], [], ['fake/a']] }, registry)
    await graph.start(never)
    await graph.apply(first.plan, never)
    let current: Ways[] = [first.ways]
    const sent = new Map<MetricsBatch, Ways[]>()
    const open = new Set<Ways[]>()
    let isOver = false
    const sending = (async () => {
      for (let n = 0; !isOver; n++) {
        const [one, seen] = [batch(n), [...current]]
        sent.set(one, seen)
        open.add(seen)
        void receiver.next
          .get('fake')!
          .metrics!.consume(one, never)
          .then(() => open.delete(seen))
        while (open.size > 8) await settled()
        if (n % 3 === 0) await settled()
      }
    })()
    for (let i = 0; i < 300; i++) {
      const { plan, ways } = randomPlan(random)
      current.push(ways)
      for (const seen of open) seen.push(ways)
      await graph.apply(plan, never)
      current = [ways]
      await pause()
    }
    isOver = true
    await sending
    await graph.shutdown(never)
    assert.is(open.size, 0)
    assert.ok(sent.size > 1000, `${sent.size} batches`)
    for (const [one, seen] of sent)
      for (const [id, { exporters }] of Object.entries(POOL)) {
        const reached = (got.get(one) ?? []).filter(to => exporters.includes(to)).sort()
        const allowed = seen.map(ways => ways[id]!)
        assert.ok(
          allowed.includes(reached.join()),
          `${id}: ${reached} instead of one of ${allowed.join(' | ')}`,
        )
      }
  },
)
flowing.run()

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
  receiver!.report('degraded', new Error('slow'))
  exporter!.report('degraded', new Error('away'))
  const next = { ...planOf(ONE), exporters: planOf(ONE, { configs: { fake: note('new') } }).exporters }
  await graph.apply(next, never)
  exporter!.report('degraded', new Error('gone'))
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
