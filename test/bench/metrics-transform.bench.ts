/**
 * The cost of metrics_transform per batch, from 1,000 to 100,000 points of each metric.
 *
 *     node test/bench/metrics-transform.bench.ts [ROWS…]
 */
import { config } from '../../processors/metrics_transform/config.ts'
import { createMetricsTransform } from '../../processors/metrics_transform/processor.ts'
import { createContext, never } from '../kit/context.ts'
import { toTable } from './kit/table.ts'
import { meanMs, nodeBatch } from './processors-batches.ts'

const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 10_000, 100_000]
const NOWHERE = { mutates: false, async consume() {} }
const CALLS = { include: 'swoll.syscall.calls', action: 'update' }

const TRANSFORMS: readonly (readonly [name: string, transform: unknown])[] = [
  ['rename a metric', { ...CALLS, new_name: 'calls' }],
  [
    'add an attribute',
    { ...CALLS, operations: [{ action: 'add_label', new_label: 'team', new_value: 'core' }] },
  ],
  [
    'scale totals',
    { ...CALLS, operations: [{ action: 'experimental_scale_value', experimental_scale: 0.5 }] },
  ],
  [
    'drop all attributes but one, added up',
    {
      ...CALLS,
      operations: [{ action: 'aggregate_labels', label_set: ['syscall.name'], aggregation_type: 'sum' }],
    },
  ],
  [
    'the same, greatest',
    {
      ...CALLS,
      operations: [{ action: 'aggregate_labels', label_set: ['syscall.name'], aggregation_type: 'max' }],
    },
  ],
]

const table = TRANSFORMS.map(([name, transform]) => [
  name,
  ...SIZES.map(rows => {
    const processor = createMetricsTransform(
      createContext(config.parse({ transforms: [transform] })),
      NOWHERE,
    )
    const batch = nodeBatch({ rows, rowsPerResource: 500, step: 1, moving: 1 })
    const ms = meanMs(() => void processor.consume(batch, never))
    return `${ms.toFixed(3)} (${((ms * 1e6) / rows).toFixed(1)})`
  }),
])
const head = ['ms a batch (ns a row)', ...SIZES.map(size => `${size} rows`)]
process.stdout.write(`${toTable(head, table)}\n`)
