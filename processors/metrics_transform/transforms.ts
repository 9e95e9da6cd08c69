/** The actions of a transform: which tables its operations are for, and where what they make goes. */
import type { MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import type { ResourceList } from '../../pipeline/data/resource-list.ts'
import { filterRows } from '../../pipeline/data/select-rows.ts'
import { createAggregation } from './aggregation.ts'
import { findCombinable } from './combine.ts'
import type { Transform } from './config.ts'
import { createFilter, type MetricFilter } from './filter.ts'
import { withLabel } from './labels.ts'
import { canMakeAlike, createStep } from './operations.ts'
import { partByResource, selectMetrics } from './select.ts'
import { createSettle, joinStreams } from './settle.ts'

/** What a transform tells of. */
export interface Watch {
  /** Points of metrics of which it takes only some, or that an operation deletes. */
  lost(before: readonly MetricTable[], after: readonly MetricTable[], reason: 'unmatched' | 'deleted'): void
  warn(problem: string): void
}

interface Applied {
  readonly tables: readonly MetricTable[]
  /** Tables that no other transform is for. */
  readonly grouped: readonly MetricTable[]
}
type Apply = (tables: readonly MetricTable[], resources: ResourceList) => Applied

export function createTransform(options: Transform, watch: Watch): Apply {
  const filter = createFilter(options)
  if (options.action === 'group') return createGroup(options, filter, watch)
  const operate = createOperate(options, filter, watch)
  const settle = mayMeet(options) ? createSettle() : undefined
  const act = { update, insert, combine: createCombine(options, filter, watch) }[options.action]
  return (tables, resources) => {
    const { changed, others } = act(tables, filter, operate, resources)
    const all = settle ? settle(changed, others, resources.all) : [...others, ...joinStreams(changed)]
    return { tables: all, grouped: [] }
  }
}

/** Whether points may become like others by it. */
function mayMeet({ action, new_name, operations }: Transform): boolean {
  return action !== 'update' || new_name !== '' || operations.some(canMakeAlike)
}

type Operate = (
  tables: readonly MetricTable[],
  resources: readonly Resource[],
  scope?: 'points',
) => MetricTable[]

/** Operations on tables with one metric each, all of it, with its new name; or on its points alone. */
function createOperate({ operations }: Transform, filter: MetricFilter, watch: Watch): Operate {
  const onWhole = (metric: string) =>
    watch.warn(`${metric} is a total, which is an integer here: toggle_scalar_data_type leaves it as it is`)
  const steps = operations.map(operation => ({ operation, ...createStep(operation, filter, onWhole) }))
  return (tables, resources, scope) => {
    const named = scope ? tables : joinStreams(tables.map(table => rename(table, filter)))
    return named.map(table =>
      steps.reduce((before, { operation, isOfPoints, apply }) => {
        if (scope && !isOfPoints) return before
        const after = apply(before, resources)
        if (operation.action === 'delete_label_value') watch.lost([before], [after], 'deleted')
        return after
      }, table),
    )
  }
}

function rename(table: MetricTable, filter: MetricFilter): MetricTable {
  const metrics = table.metrics.map(metric => ({ ...metric, name: filter.rename(metric.name) }))
  return { ...table, metrics }
}

interface Acted {
  readonly changed: readonly MetricTable[]
  readonly others: readonly MetricTable[]
}
type Act = (
  tables: readonly MetricTable[],
  filter: MetricFilter,
  operate: Operate,
  resources: ResourceList,
) => Acted

/** Of a resource with other points of the metric, only what looks at each point is done. */
const update: Act = (tables, filter, operate, resources) => {
  const { meant, others } = selectMetrics(tables, filter.hasName)
  const parts = meant.map(table => partByResource(table, filter.markRows(table)))
  const take = (...kinds: Parameters<(typeof parts)[number]>) => parts.flatMap(part => part(...kinds))
  const whole = operate(take('all'), resources.all)
  const partly = operate(take('marked', 'unmarked'), resources.all, 'points')
  return { changed: [...whole, ...partly, ...take('none')], others }
}

const insert: Act = (tables, filter, operate, resources) => {
  const copies = selectMetrics(tables, filter.hasName).meant.map(table => {
    const mask = filter.markRows(table)
    return mask ? filterRows(table, mask) : table
  })
  return { changed: operate(copies, resources.all), others: tables }
}

/** Metrics with points that are taken, without these, and what is taken. What is neither is lost, as in the Collector. */
function extract(tables: readonly MetricTable[], filter: MetricFilter, watch: Watch) {
  const { meant, others } = selectMetrics(tables, filter.hasName)
  const parts = meant.map(table => partByResource(table, filter.markRows(table)))
  const give = () => {
    const taken = parts.flatMap(part => part('all', 'marked'))
    watch.lost(
      parts.flatMap(part => part('all', 'marked', 'unmarked')),
      taken,
      'unmatched',
    )
    return taken
  }
  return { taken: give(), others: [...others, ...parts.flatMap(part => part('none'))] }
}

function createCombine(options: Transform, filter: MetricFilter, watch: Watch): Act {
  const aggregate = createAggregation(options.aggregation_type ?? 'sum')
  return (tables, _, operate, resources) => {
    const { meant, others } = selectMetrics(tables, filter.hasName)
    const { fit, unfit, reason } = findCombinable(meant)
    if (reason) watch.warn(`cannot combine into ${options.new_name}: ${reason} differ`)
    const { taken, others: left } = extract(fit, filter, watch)
    const labelled = taken.map(table => {
      const labels = filter.labelsOf(table.metrics[0]!.name)
      const metrics = table.metrics.map(metric => ({ ...metric, name: options.new_name }))
      const named: MetricTable = { ...table, metrics }
      return labels.reduce((made, [key, text]) => withLabel(made, key, () => text), named)
    })
    const combined = joinStreams(labelled).map(table => aggregate(table, resources.all))
    return { changed: [...operate(combined, resources.all), ...left, ...unfit], others }
  }
}

function createGroup({ group_resource_labels }: Transform, filter: MetricFilter, watch: Watch): Apply {
  const labels = Object.entries(group_resource_labels!)
  const toGroup = (given: Resource): Resource => {
    if (labels.every(([key, value]) => given.attributes[key] === value)) return given
    const attributes = { ...given.attributes, ...group_resource_labels }
    const entries = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return { ...given, id: `attributes:${JSON.stringify(entries)}`, attributes }
  }
  return (tables, resources) => {
    const { taken, others } = extract(tables, filter, watch)
    const all = resources.all
    const moved = new Map<number, number>()
    const move = (index: number): number => {
      const to = moved.get(index) ?? resources.indexOf(toGroup(all[index]!))
      moved.set(index, to)
      return to
    }
    return { tables: others, grouped: taken.map(table => ({ ...table, resource: table.resource.map(move) })) }
  }
}
