/** The connector in graphs of a receiver and exporters that keep what they get. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { factory } from '../../../connectors/forward/factory.ts'
import { createRegistry } from '../../../pipeline/registry.ts'
import { failing } from '../../kit/consumers.ts'
import { never } from '../../kit/context.ts'
import { checkLifecycle } from '../../kit/lifecycle.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'
import { fakes, graphOf, type Pipelines } from '../../pipeline/graph/kit.ts'

const batch = () => metricsBatch([{ values: { n: 1 } }, { resource: 'b', values: { n: 2 } }])

/** Sends one batch of each of these receivers, and tells how often it reached each exporter. */
async function run(pipelines: Pipelines, ...receivers: readonly string[]) {
  const { receiver, exporter, registry } = fakes()
  const connectors = createRegistry([{ ...factory, type: 'connect' }]).connectors
  const { graph, read } = graphOf(pipelines, { ...registry, connectors })
  await graph.start(never)
  for (const id of receivers) await receiver.next.get(id)!.metrics!.consume(batch(), never)
  await graph.shutdown(never)
  const counts = [...exporter.sinks].map(([id, { batches }]) => [id, batches.length])
  return { counts: Object.fromEntries(counts), read }
}

const s = suite('forward')
s('keeps the promises of a component', () => checkLifecycle(factory, {}))
s('one pipeline into two', async () => {
  const { counts, read } = await run(
    {
      metrics: [['fake'], [], ['connect', 'fake/own']],
      'metrics/a': [['connect'], [], ['fake/a']],
      'metrics/b': [['connect'], [], ['fake/b']],
    },
    'fake',
  )
  assert.equal(counts, { 'fake/own': 1, 'fake/a': 1, 'fake/b': 1 })
  const own = await read()
  assert.is(own['connector_consumed_items{connector=connect,otel.signal=metrics}'], 2)
  assert.is(own['connector_produced_items{connector=connect,otel.signal=metrics}'], 2)
  assert.is(own['receiver_accepted_metric_points{receiver=fake}'], 2)
})
s('two pipelines into one', async () => {
  const { counts } = await run(
    {
      'metrics/a': [['fake/a'], [], ['connect']],
      'metrics/b': [['fake/b'], ['fake'], ['connect']],
      metrics: [['connect'], [], ['fake']],
    },
    'fake/a',
    'fake/b',
  )
  assert.equal(counts, { fake: 2 })
})
s('a chain, each link once', async () => {
  const { counts } = await run(
    {
      metrics: [['connect/2'], [], ['fake/end']],
      'metrics/a': [['fake'], [], ['connect', 'fake/a']],
      'metrics/b': [['connect'], [], ['connect/2', 'fake/b']],
    },
    'fake',
  )
  assert.equal(counts, { 'fake/end': 1, 'fake/a': 1, 'fake/b': 1 })
})
s('what the pipeline behind it refuses comes back', async () => {
  const { receiver, registry } = fakes({ exporters: { consumer: failing() } })
  const { graph } = graphOf(
    { metrics: [['fake'], [], ['connect']], 'metrics/b': [['connect'], [], ['fake']] },
    registry,
  )
  await graph.start(never)
  await rejects(receiver.next.get('fake')!.metrics!.consume(batch(), never), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  await graph.shutdown(never)
})
s.run()
