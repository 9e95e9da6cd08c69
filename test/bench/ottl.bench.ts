/**
 * The cost of filter and transform per batch, from 1,000 to 100,000 points: what reads dictionaries only grows with those.
 *
 *     node test/bench/ottl.bench.ts [ROWS…]
 */
import { config as filterConfig } from '../../processors/filter/config.ts'
import { filterLogs, filterMetrics } from '../../processors/filter/processor.ts'
import { config as transformConfig } from '../../processors/transform/config.ts'
import { processors } from '../../processors/transform/processor.ts'
import { createContext, never } from '../kit/context.ts'
import { syscallLogs } from '../kit/syscall-events.ts'
import { toTable } from './kit/table.ts'
import { meanMs, nodeBatch } from './processors-batches.ts'

const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 10_000, 100_000]
const NOWHERE = { mutates: false, async consume() {} }

const DROPS: readonly (readonly [string, string])[] = [
  ['drop by an attribute that none has', 'datapoint.attributes["syscall.name"] == "none"'],
  ['drop by a pattern of an attribute', 'IsMatch(datapoint.attributes["syscall.name"], "^(f|ep).*")'],
  [
    'drop by resource and attribute',
    'resource.attributes["container.id"] != "x" and datapoint.attributes["syscall.name"] == "futex"',
  ],
  ['drop by value (row by row)', 'datapoint.value_int < 0'],
]
const EDITS: readonly (readonly [string, string])[] = [
  ['set a resource attribute', 'set(resource.attributes["env"], "test")'],
  ['add an attribute', 'set(datapoint.attributes["team"], "core")'],
  [
    'set an attribute by another',
    'set(datapoint.attributes["kind"], "io") where IsMatch(datapoint.attributes["syscall.name"], "read|write")',
  ],
  ['drop an attribute, added up', 'delete_key(datapoint.attributes, "error.type")'],
]
const RECORDS: readonly (readonly [string, string])[] = [
  ['records: set an attribute', 'set(log.attributes["team"], "core")'],
  ['records: redact bodies (row by row)', 'replace_pattern(log.body, "\\"[^\\"]*\\"", "\\"…\\"")'],
]

function metrics(run: (rows: number) => () => unknown): string[] {
  return SIZES.map(rows => {
    const once = run(rows)
    const ms = meanMs(() => void once())
    return `${ms.toFixed(3)} (${((ms * 1e6) / rows).toFixed(1)})`
  })
}

const batchOf = (rows: number) => nodeBatch({ rows, rowsPerResource: 500, step: 1, moving: 1 })
const table = [
  ...DROPS.map(([name, condition]) => [
    name,
    ...metrics(rows => {
      const processor = filterMetrics(
        createContext(filterConfig.parse({ metric_conditions: [condition] })),
        NOWHERE,
      )
      const batch = batchOf(rows)
      return () => processor.consume(batch, never)
    }),
  ]),
  ...EDITS.map(([name, statement]) => [
    name,
    ...metrics(rows => {
      const processor = processors.metrics(
        createContext(transformConfig.parse({ metric_statements: [statement] })),
        NOWHERE,
      )
      const batch = batchOf(rows)
      return () => processor.consume(batch, never)
    }),
  ]),
  ...RECORDS.map(([name, statement]) => [
    name,
    ...metrics(rows => {
      const processor = processors.logs(
        createContext(transformConfig.parse({ log_statements: [statement] })),
        NOWHERE,
      )
      const batch = syscallLogs(rows)
      return () => processor.consume(batch, never)
    }),
  ]),
  [
    'records: drop by an attribute',
    ...metrics(rows => {
      const processor = filterLogs(
        createContext(filterConfig.parse({ log_conditions: ['log.attributes["syscall.name"] == "openat"'] })),
        NOWHERE,
      )
      const batch = syscallLogs(rows)
      return () => processor.consume(batch, never)
    }),
  ],
]
const head = ['ms a batch (ns a row)', ...SIZES.map(size => `${size} rows`)]
process.stdout.write(`${toTable(head, table)}\n`)
