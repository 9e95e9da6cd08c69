/** Data that is under way while a running graph goes over to another plan. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Consumer, Factory } from '../../../pipeline/component.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import type { Plan } from '../../../pipeline/plan.ts'
import { createRegistry } from '../../../pipeline/registry.ts'
import { component, fakeConnector, fakeExporter, fakeProcessor, fakeReceiver } from '../../kit/components.ts'
import { held, settled } from '../../kit/consumers.ts'
import { never } from '../../kit/context.ts'
import { toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'
import { batch, graphOf, note, ONE, type Pipelines, planOf, running } from './kit.ts'

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
