/**
 * The cost of the syscall processor per collection, by its tasks, beside writing one attribute per row.
 *
 *     node test/bench/processors-syscall.bench.ts [ROWS]
 */
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { factory } from '../../processors/syscall/factory.ts'
import { createSyscallProcessor } from '../../processors/syscall/processor.ts'
import { classify } from '../../syscalls/classes.ts'
import { createContext, never } from '../kit/context.ts'
import { toTable } from './kit/table.ts'
import { meanMs, nodeBatch } from './processors-batches.ts'

const ROWS = Number(process.argv[2] ?? 100_000)
const NOWHERE = { mutates: false, async consume() {} }
const batch = nodeBatch({ rows: ROWS, rowsPerResource: 500, step: 1, moving: 1 })

/** A map of attributes per row: how a batch of point objects is labelled. */
function labelNaively({ tables }: MetricsBatch): unknown[] {
  return tables.flatMap(({ rows, attributes }) =>
    Array.from({ length: rows }, (_, row) => {
      const label = Object.fromEntries(attributes.map(a => [a.key, a.values[a.codes[row]!]]))
      const { class: callClass, group } = classify(String(label['syscall.name']))
      return { ...label, 'syscall.class': callClass, 'syscall.group': group }
    }),
  )
}

const CASES: readonly (readonly [string, unknown])[] = [
  ['class and group', {}],
  ['exclude one container', { exclude: { containers: ['0'.repeat(62)] } }],
  ['without errno, re-aggregated', { attributes: ['name', 'class', 'group', 'outcome', 'abi'] }],
  ['class only, re-aggregated', { attributes: ['class'] }],
]

const naive = meanMs(() => void labelNaively(batch))
const rows = CASES.map(([name, config]) => {
  const processor = createSyscallProcessor(createContext(factory.config.parse(config)), NOWHERE)
  const ours = meanMs(() => void processor.consume(batch, never))
  return [name, ours.toFixed(3), ((ours * 1e6) / ROWS).toFixed(1), (naive / ours).toFixed(0)]
})
rows.push(['an object per point', naive.toFixed(3), ((naive * 1e6) / ROWS).toFixed(1), '1'])
process.stdout.write(`${toTable([`syscall, ${ROWS} series`, 'ms', 'ns a row', 'ratio'], rows)}\n`)
