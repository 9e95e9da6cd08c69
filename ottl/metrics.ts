/** Statements carried out on metrics. What becomes alike is added up, so that no series is there twice and no total goes down. */
import type { Codes } from '../pipeline/data/columns.ts'
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
import { editorsOf, identifyByAttributes, type ResourceEditor } from './resources.ts'
import { attempt, markRows, type OnError, tell } from './select.ts'
import { type Shape, ShapeCursor } from './shape.ts'
import type { Step } from './steps.ts'

/** A table and, per row 1, where the statements of the group apply; undefined: to all. */
interface Piece {
  readonly table: MetricTable
  readonly mask: Uint8Array | undefined
}

export class MetricsTransformer {
  readonly #steps: readonly Step[]
  /** By step about resources. */
  readonly #editors: ReadonlyMap<Step, ResourceEditor>
  #reaggregator: Reaggregator | undefined

  constructor(steps: readonly Step[]) {
    this.#steps = steps
    this.#editors = editorsOf(steps)
  }

  /** The batch after the steps. It is not written to. */
  transform(batch: MetricsBatch): MetricsBatch {
    let { resources } = batch
    let tables = batch.tables
    let isLossy = false
    for (const step of this.#steps) {
      const editor = this.#editors.get(step)
      if (editor) resources = resources.map(resource => editor.edit(resource))
      else
        tables = tables.flatMap(table => {
          const edited = editTable(table, step, resources)
          isLossy ||= edited.isLossy
          return edited.tables
        })
    }
    if (this.#editors.size > 0) resources = identifyByAttributes(resources)
    if (isLossy || hasTwins(resources)) this.#reaggregator ??= new Reaggregator()
    const reaggregator = this.#reaggregator
    return {
      resources,
      tables: reaggregator ? tables.map(table => reaggregator.process(table, resources)) : tables,
    }
  }
}

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

type Named = 'name' | 'description' | 'unit'

/** Values of a metric's name, description or unit by group of rows, and the group of each row; no ids: one for all. */
interface Renamed {
  readonly metric: MetricColumn
  readonly values: readonly string[]
  readonly ids: Codes | undefined
}

/** Metrics with another name, description or unit. Where that depends on more than the metric, its rows are parted. */
function editMetrics(
  { table, mask }: Piece,
  edit: Edit,
  resources: readonly Resource[],
  onError: OnError,
): Piece[] {
  const field = edit.target.field!.slice('metric.'.length) as Named
  const renamed = table.metrics.map(metric => {
    const shape = metricShape({ table, resources }, metric, mask)
    return rename(metric, field, { shape, edit, onError })
  })
  if (renamed.some(({ ids }) => ids)) return renamed.flatMap(one => part({ table, mask }, field, one))
  const metrics = renamed.map(({ metric, values: [value] }) =>
    value === undefined ? metric : { ...metric, [field]: value },
  )
  return [{ mask, table: { ...table, metrics } }]
}

function rename(
  metric: MetricColumn,
  field: Named,
  { shape, edit, onError }: { readonly shape: Shape; readonly edit: Edit; readonly onError: OnError },
): Renamed {
  const reads = new Set<Source>([...edit.change.reads, ...(edit.condition?.reads ?? [])])
  const groups = groupRows(shape, reads)
  const { count, ids, place } = groups
  const cursor = new ShapeCursor(shape)
  const old = metric[field]
  const values = Array.from({ length: count }, (_, group) => {
    place(cursor, group)
    const make = () => changed(edit, old, cursor) as string
    return attempt(make, old, error => tell(groups, group, error, onError))
  })
  return { metric, values, ids }
}

/** A piece for each value that rows have. */
function part({ table, mask }: Piece, field: Named, { metric, values, ids }: Renamed): Piece[] {
  return [...new Set(values)].flatMap(value => {
    const isKept = new Uint8Array(table.rows)
    for (let row = 0; row < table.rows; row++) isKept[row] = Number(values[ids ? ids[row]! : 0] === value)
    const kept = filterRows({ ...table, metrics: [metric] }, isKept)
    if (kept.rows === 0) return []
    const metrics = [{ ...kept.metrics[0]!, [field]: value }]
    return [{ table: { ...kept, metrics }, mask: mask?.filter((_, row) => isKept[row] === 1) }]
  })
}
