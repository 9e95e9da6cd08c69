/** Statements carried out on metrics. What becomes alike is added up, so that no series is there twice and no total goes down. */
import type {
  AttributeColumn,
  MetricColumn,
  MetricsBatch,
  MetricTable,
  Resource,
} from '../pipeline/data/metrics.ts'
import { Reaggregator } from '../pipeline/data/reaggregator.ts'
import { filterRows } from '../pipeline/data/select-rows.ts'
import { applyToAttributes } from './apply.ts'
import { changed } from './coded.ts'
import type { Condition, Source } from './cursor.ts'
import type { Edit } from './edit.ts'
import { within } from './fields.ts'
import { groupRows } from './groups.ts'
import { metricShape } from './metric-shape.ts'
import { editResource, identifyByAttributes } from './resources.ts'
import { attempt, markRows, type OnError, tell } from './select.ts'
import { ShapeCursor } from './shape.ts'
import type { Step } from './steps.ts'
import type { Value } from './values.ts'

/** A table and, per row 1, where the statements of the group apply; undefined: to all. */
interface Piece {
  readonly table: MetricTable
  readonly mask: Uint8Array | undefined
}

export class MetricsTransformer {
  readonly #steps: readonly Step[]
  readonly #hasResources: boolean
  #reaggregator: Reaggregator | undefined

  constructor(steps: readonly Step[]) {
    this.#steps = steps
    this.#hasResources = steps.some(step => step.context === 'resource')
  }

  /** The batch after the steps. It is not written to. */
  transform(batch: MetricsBatch): MetricsBatch {
    let { resources } = batch
    let tables = batch.tables
    let isLossy = false
    for (const step of this.#steps)
      if (step.context === 'resource') resources = editResources(resources, step)
      else
        tables = tables.flatMap(table => {
          const edited = editTable(table, step, resources)
          isLossy ||= edited.isLossy
          return edited.tables
        })
    if (this.#hasResources) resources = identifyByAttributes(resources)
    if (isLossy || hasTwins(resources)) this.#reaggregator ??= new Reaggregator()
    const reaggregator = this.#reaggregator
    return {
      resources,
      tables: reaggregator ? tables.map(table => reaggregator.process(table, resources)) : tables,
    }
  }
}

const editResources = (resources: readonly Resource[], step: Step) =>
  resources.map(resource => editResource(resource, step))

function hasTwins(resources: readonly Resource[]): boolean {
  return new Set(resources.map(({ id }) => id)).size < resources.length
}

interface EditedTables {
  readonly tables: readonly MetricTable[]
  readonly isLossy: boolean
}

function editTable(table: MetricTable, step: Step, resources: readonly Resource[]): EditedTables {
  const { conditions, edits } = step
  const isOfMetric = [
    ...conditions.map(({ condition }) => condition),
    ...edits.flatMap(edit => [edit.change, edit.condition ?? edit.change]),
  ].some(readsMetric)
  let pieces: readonly Piece[] = (
    isOfMetric && step.context === 'datapoint' ? splitMetrics(table) : [table]
  ).map(one => ({ table: one, mask: undefined }))
  if (step.context === 'metric' && conditions.length > 0)
    pieces = splitMetrics(table).map(one => ({ table: one, mask: undefined }))
  if (conditions.length > 0) pieces = pieces.map(piece => withMask(piece, conditions, resources))
  let isLossy = false
  for (const written of edits)
    pieces = pieces.flatMap(piece => {
      const edit = piece.mask ? { ...written, condition: within(written.condition) } : written
      if (edit.target.field) return editMetrics(piece, edit, resources, written.onError)
      const shape = metricShape({ table: piece.table, resources }, piece.table.metrics[0], piece.mask)
      const { attributes, isLossy: loses } = applyToAttributes(shape, edit, true, written.onError)
      isLossy ||= loses
      return { ...piece, table: { ...piece.table, attributes: attributes as readonly AttributeColumn[] } }
    })
  return { tables: pieces.map(piece => piece.table), isLossy }
}

/** Whether it may be another for each metric of a table. */
export function readsMetric({ reads }: Pick<Condition, 'reads'>): boolean {
  return reads.has('metric') || reads.has('row')
}

/** A table for each metric: always all of them, so that the tables of the next batch continue these. */
export function splitMetrics(table: MetricTable): MetricTable[] {
  return table.metrics.map(metric => ({ ...table, metrics: [metric] }))
}

function withMask({ table }: Piece, conditions: Step['conditions'], resources: readonly Resource[]): Piece {
  const mask = new Uint8Array(table.rows)
  const shape = metricShape({ table, resources }, table.metrics[0])
  for (const { condition, onError } of conditions) markRows(shape, condition, mask, onError)
  return { table, mask }
}

/** Metrics with another name, description or unit. Where that depends on more than the metric, its rows are parted. */
function editMetrics(piece: Piece, edit: Edit, resources: readonly Resource[], onError: OnError): Piece[] {
  const { table, mask } = piece
  const reads = new Set<Source>([...edit.change.reads, ...(edit.condition?.reads ?? [])])
  const outcomes = table.metrics.map(metric => {
    const shape = metricShape({ table, resources }, metric, mask)
    const groups = groupRows(shape, reads)
    const cursor = new ShapeCursor(shape)
    const name = edit.target.field!.slice('metric.'.length) as 'name' | 'description' | 'unit'
    const values = Array.from({ length: groups.count }, (_, group) => {
      groups.place(cursor, group)
      const old: Value = metric[name]
      return attempt(
        () => changed(edit, old, cursor),
        old,
        error => tell(groups.ids, group, table.rows, error, onError),
      ) as string
    })
    return {
      metric,
      ids: groups.ids,
      renamed: values.map((value): MetricColumn => ({ ...metric, [name]: value })),
      values,
    }
  })
  if (outcomes.every(({ ids }) => !ids))
    return [
      { ...piece, table: { ...table, metrics: outcomes.map(({ metric, renamed }) => renamed[0] ?? metric) } },
    ]
  return outcomes.flatMap(({ metric, ids, renamed, values }) =>
    [...new Set(values)].flatMap(value => {
      const isKept = Uint8Array.from({ length: table.rows }, (_, row) =>
        Number(values[ids ? ids[row]! : 0] === value),
      )
      const column = renamed[values.indexOf(value)]!
      const part = filterRows({ ...table, metrics: [metric] }, isKept)
      if (part.rows === 0) return []
      const metrics = [
        { ...part.metrics[0]!, name: column.name, description: column.description, unit: column.unit },
      ]
      return [{ table: { ...part, metrics }, mask: mask?.filter((_, row) => isKept[row] === 1) }]
    }),
  )
}
