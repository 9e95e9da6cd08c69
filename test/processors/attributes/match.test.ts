import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../processors/attributes/config.ts'
import { processors } from '../../../processors/attributes/processor.ts'
import { sink } from '../../kit/consumers.ts'
import { createContext, never } from '../../kit/context.ts'
import { type EventRow, logsOf } from '../../kit/log-batch.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'
import { failureOf } from '../../kit/rejects.ts'

const ACTIONS = [{ key: 'chosen', value: 'yes', action: 'upsert' }]
const given = (selections: object) => createContext(config.parse({ ...selections, actions: ACTIONS }))

const s = suite('include and exclude of attributes')

const EVENTS: readonly EventRow[] = [
  { resource: 'a', text: 'one', attributes: { pid: 101n, ok: true }, severity: 9 },
  { resource: 'a', text: 'two', attributes: { pid: 102n, load: 1.5 }, severity: 13 },
  { resource: 'b', text: 'three', attributes: { comm: 'sh' }, severity: 17 },
]

/** Bodies of the records that were changed, by their number. */
async function chosen(selections: object): Promise<number[]> {
  const next = sink<'logs'>()
  await processors.logs(given(selections), next).consume(logsOf(EVENTS), never)
  const table = next.batches[0]!.tables[0]!
  const column = table.attributes.find(({ key }) => key === 'chosen')
  if (!column) return []
  assert.is(column.type, 'coded')
  return EVENTS.flatMap((_, row) =>
    column.type === 'coded' && column.values[column.codes[row]!] === 'yes' ? [row] : [],
  )
}

const strict = (more: object) => ({ match_type: 'strict', ...more })
const ROWS: readonly (readonly [name: string, selections: object, want: readonly number[]])[] = [
  ['everything when nothing is asked for', {}, [0, 1, 2]],
  ['an integer', { include: strict({ attributes: [{ key: 'pid', value: 101 }] }) }, [0]],
  ['no text for an integer', { include: strict({ attributes: [{ key: 'pid', value: '101' }] }) }, []],
  ['a double', { include: strict({ attributes: [{ key: 'load', value: 1.5 }] }) }, [1]],
  ['a key that is there', { include: strict({ attributes: [{ key: 'pid' }] }) }, [0, 1]],
  ['a severity from a minimum on', { include: strict({ log_severity_number: { min: 13 } }) }, [1, 2]],
  ['one of several bodies', { include: strict({ log_bodies: ['one', 'three'] }) }, [0, 2]],
  [
    'all that is included and not excluded',
    {
      include: strict({ attributes: [{ key: 'pid' }] }),
      exclude: { match_type: 'regexp', log_bodies: ['^t'] },
    },
    [0],
  ],
  [
    'only what is excluded by all of exclude',
    { exclude: strict({ attributes: [{ key: 'pid' }], log_bodies: ['one', 'three'] }) },
    [1, 2],
  ],
]
for (const [name, selections, want] of ROWS)
  s(`finds ${name}`, async () => {
    assert.equal(await chosen(selections), want)
  })

s('chooses metrics by name and by resource', async () => {
  const next = sink<'metrics'>()
  const include = strict({ metric_names: ['calls'], resources: [{ key: 'container.id', value: 'b' }] })
  const batch = metricsBatch(['a', 'b'].map(resource => ({ resource, values: { calls: 1, time: 2 } })))
  await processors.metrics(given({ include }), next).consume(batch, never)
  const changed = toPoints(next.batches[0]!).filter(point => point.attributes.chosen === 'yes')
  assert.equal(
    changed.map(({ metric, resource }) => [metric, resource]),
    [['calls', 'b']],
  )
})

for (const [signal, selections, want] of [
  [
    'metrics',
    { include: strict({ log_bodies: ['x'] }) },
    /^include::log_bodies: must not be set in a pipeline of metrics; for metrics there are metric_names, resources$/,
  ],
  [
    'logs',
    { exclude: strict({ services: ['x'] }) },
    /^exclude::services: must not be set in a pipeline of logs/,
  ],
  [
    'traces',
    { exclude: strict({}) },
    /^exclude: must have one of services, .* in a pipeline of traces, got none$/,
  ],
] as const)
  s(`refuses what is not for ${signal}`, () => {
    const error = failureOf(() => processors[signal](given(selections), sink() as never))
    assert.is(error.code, 'CONFIG_INVALID')
    assert.match(error.message, want)
  })
s.run()
