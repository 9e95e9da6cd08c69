import type { AttributeColumn, MetricTable } from '../../pipeline/data/metrics.ts'
import { classify, UNCLASSIFIED } from '../../syscalls/classes.ts'
import { ATTRIBUTE_KEYS } from './config.ts'

/** The column of call names; undefined in a table that is not about system calls. */
export function findCalls(table: MetricTable): AttributeColumn | undefined {
  return table.attributes.find(column => column.key === ATTRIBUTE_KEYS.name)
}

/**
 * The table with `syscall.class` and `syscall.group`, undefined where there is no call name. One look-up per name: the
 * codes are those of the names, shared.
 */
export function addClasses(table: MetricTable, calls: AttributeColumn): MetricTable {
  const classes = calls.values.map(name =>
    typeof name === 'string' ? classify(name) : name === undefined ? undefined : UNCLASSIFIED,
  )
  const added = [
    { key: ATTRIBUTE_KEYS.class, values: classes.map(found => found?.class), codes: calls.codes },
    { key: ATTRIBUTE_KEYS.group, values: classes.map(found => found?.group), codes: calls.codes },
  ]
  const keys: ReadonlySet<string> = new Set(added.map(column => column.key))
  const others = table.attributes.filter(column => !keys.has(column.key))
  return { ...table, attributes: [...others, ...added] }
}
