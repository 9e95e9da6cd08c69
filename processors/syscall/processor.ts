import type { Component, Consumer, Create } from '../../pipeline/component.ts'
import { countPoints } from '../../pipeline/data/items.ts'
import type { AttributeColumn, MetricsBatch, MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { Reaggregator } from '../../pipeline/data/reaggregator.ts'
import { compactBatch, dropAttributes, filterRows } from '../../pipeline/data/select-rows.ts'
import { Instruments, type Put } from '../../pipeline/instruments.ts'
import { ATTRIBUTE_KEYS, type AttributeName, type Config } from './config.ts'
import { addClasses, findCalls } from './label.ts'
import { createSelection, type Selection } from './selection.ts'

/**
 * Adds class and group to the points of system calls, drops the points that are not wanted, and adds up what the
 * dropped attributes told apart. Tables without `syscall.name` pass as they are. The batch is not written to.
 */
export function createSyscallProcessor(
  { id, config, meter }: Create<Config>,
  next: Consumer<'metrics'>,
): Component & Consumer<'metrics'> {
  const filterBatch = createFilter(
    config,
    new Instruments(meter, { processor: id }).counter(
      'processor_syscall_filtered_points',
      '{datapoint}',
      'Points that include or exclude dropped',
    ),
  )
  const labelTable = createLabeller(config)
  return {
    mutates: false,
    async start() {},
    async shutdown() {},
    async consume(batch, abort) {
      const { resources, tables } = filterBatch(batch)
      await next.consume({ resources, tables: tables.map(table => labelTable(table, resources)) }, abort)
    },
  }
}

function createFilter({ include, exclude }: Config, filtered: Put): (batch: MetricsBatch) => MetricsBatch {
  if (!include && !exclude) return batch => batch
  const included = include && createSelection(include)
  const excluded = exclude && createSelection(exclude)
  return batch => {
    const tables = batch.tables.map(table => {
      const calls = findCalls(table)
      return calls ? filterTable(table, calls, batch.resources, included, excluded) : table
    })
    const kept = compactBatch({ ...batch, tables })
    filtered(countPoints(batch) - countPoints(kept))
    return kept
  }
}

/** The rows that pass; the table itself when all do. `calls` is its column of call names. */
function filterTable(
  table: MetricTable,
  calls: AttributeColumn,
  resources: readonly Resource[],
  include: Selection | undefined,
  exclude: Selection | undefined,
): MetricTable {
  const isKept = new Uint8Array(table.rows).fill(1)
  for (const selection of [include, exclude]) {
    if (!selection) continue
    const hasCall = calls.values.map(name => selection.hasCall(typeof name === 'string' ? name : undefined))
    const hasSource = resources.map(resource => selection.hasSource(resource.attributes))
    for (let row = 0; row < table.rows; row++) {
      const isSelected = hasCall[calls.codes[row]!]! && hasSource[table.resource[row]!]!
      if (isSelected === (selection === exclude)) isKept[row] = 0
    }
  }
  return filterRows(table, isKept)
}

function createLabeller({
  attributes,
}: Config): (table: MetricTable, resources: readonly Resource[]) => MetricTable {
  const names = Object.keys(ATTRIBUTE_KEYS) as AttributeName[]
  const dropped = new Set<string>(
    names.filter(name => !attributes.includes(name)).map(name => ATTRIBUTE_KEYS[name]),
  )
  const reaggregator = new Reaggregator()
  return (table, resources) => {
    const calls = findCalls(table)
    if (!calls) return table
    const labelled = dropAttributes(addClasses(table, calls), dropped)
    return dropped.size > 0 ? reaggregator.process(labelled, resources) : labelled
  }
}
