/** What `operations` do to the points of one metric. No table is written to. */
import type { MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { filterRows } from '../../pipeline/data/select-rows.ts'
import { createAggregation } from './aggregation.ts'
import type { Operation } from './config.ts'
import type { MetricFilter } from './filter.ts'
import { columnOf, textOf, withLabel } from './labels.ts'
import { scaleValues, truncateValues } from './values.ts'

/** Gives the table of one metric after the operation. */
interface Step {
  /** It looks at each point by itself, and so is for metrics too of which only some points are meant. */
  readonly isOfPoints: boolean
  apply(table: MetricTable, resources: readonly Resource[]): MetricTable
}

/** `onWhole` is told of a total that was to have fractions. */
export function createStep(
  operation: Operation,
  filter: MetricFilter,
  onWhole: (metric: string) => void,
): Step {
  const whole = (apply: Step['apply']): Step => ({ isOfPoints: false, apply })
  const ofPoints = (apply: (table: MetricTable, mask: Uint8Array | undefined) => MetricTable): Step => ({
    isOfPoints: true,
    apply: table => apply(table, filter.markRows(table)),
  })
  switch (operation.action) {
    case 'add_label':
      return whole(table => addLabel(table, operation))
    case 'update_label':
      return ofPoints((table, mask) => updateLabel(table, operation, mask))
    case 'delete_label_value':
      return whole(table => deleteLabelValue(table, operation))
    case 'toggle_scalar_data_type':
      return ofPoints((table, mask) => truncateValues(table, mask, onWhole))
    case 'experimental_scale_value':
      return ofPoints((table, mask) => scaleValues(table, operation.experimental_scale!, mask))
    case 'aggregate_labels':
      return aggregateLabels(operation)
    case 'aggregate_label_values':
      return aggregateLabelValues(operation)
  }
}

/** Whether it can make points alike without adding them up. */
export function canMakeAlike({ action }: Operation): boolean {
  return action === 'update_label'
}

const withVersion = (text: string, { scope }: MetricTable) => text.replaceAll('{{version}}', scope.version)

function addLabel(table: MetricTable, { new_label, new_value }: Operation): MetricTable {
  const value = withVersion(new_value, table)
  return withLabel(table, new_label, (_, old) => old ?? value)
}

function updateLabel(table: MetricTable, given: Operation, mask: Uint8Array | undefined): MetricTable {
  const column = columnOf(table, given.label)
  if (!column) return table
  const renames = new Map(
    given.value_actions.map(({ value, new_value }) => [value, withVersion(new_value, table)] as const),
  )
  const renamed = column.values.map(old => old && (renames.get(textOf(old)) ?? old))
  const isMeant = (row: number) => mask?.[row] !== 0 && column.values[column.codes[row]!] !== undefined
  const key = given.new_label || given.label
  const moved = withLabel(table, key, (row, old) => (isMeant(row) ? renamed[column.codes[row]!] : old))
  if (key === given.label) return moved
  return withLabel(moved, given.label, (row, old) => (isMeant(row) ? undefined : old))
}

function deleteLabelValue(table: MetricTable, { label, label_value }: Operation): MetricTable {
  const column = columnOf(table, label)
  if (!column) return table
  const isKept = column.values.map(value => Number(value === undefined || textOf(value) !== label_value))
  return filterRows(
    table,
    Uint8Array.from(column.codes, code => isKept[code]!),
  )
}

function aggregateLabels({ label_set, aggregation_type }: Operation): Step {
  const aggregate = createAggregation(aggregation_type)
  const isKept = new Set(label_set)
  return {
    isOfPoints: false,
    apply(table, resources) {
      const attributes = table.attributes.filter(({ key }) => isKept.has(key))
      return aggregate({ ...table, attributes }, resources)
    },
  }
}

function aggregateLabelValues(given: Operation): Step {
  const aggregate = createAggregation(given.aggregation_type)
  const values = new Set(given.aggregated_values)
  return {
    isOfPoints: false,
    apply(table, resources) {
      if (!columnOf(table, given.label)) return aggregate(table, resources)
      const value = withVersion(given.new_value, table)
      const made = withLabel(table, given.label, (_, old) =>
        old !== undefined && values.has(textOf(old)) ? value : old,
      )
      return aggregate(made, resources)
    },
  }
}
