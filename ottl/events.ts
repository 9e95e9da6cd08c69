/** Statements carried out on log records and spans. */
import type { EventAttribute } from '../pipeline/data/columns.ts'
import type { LogsBatch } from '../pipeline/data/logs.ts'
import type { Resource } from '../pipeline/data/resource.ts'
import type { TracesBatch } from '../pipeline/data/traces.ts'
import { applyToAttributes } from './apply.ts'
import type { Edit } from './edit.ts'
import { within } from './fields.ts'
import { editLogField, logShape } from './log-shape.ts'
import { editorsOf, type ResourceEditor } from './resources.ts'
import { markRows, type OnError } from './select.ts'
import type { Shape } from './shape.ts'
import { editSpanField, spanShape } from './span-shape.ts'
import type { Step } from './steps.ts'

interface Table {
  readonly rows: number
  readonly attributes: readonly EventAttribute[]
}

interface Signal<T extends Table> {
  readonly context: 'log' | 'span'
  shape(table: T, resources: readonly Resource[], mask?: Uint8Array): Shape
  editField(table: T, shape: Shape, edit: Edit, onError: OnError): T
}

const LOGS = { context: 'log', shape: logShape, editField: editLogField } as const
const SPANS = { context: 'span', shape: spanShape, editField: editSpanField } as const

/** Returns what gives a batch after the steps. The batch is not written to. */
export function logsThrough(steps: readonly Step[]): (batch: LogsBatch) => LogsBatch {
  const editors = editorsOf(steps)
  return batch => transform(batch, { steps, editors, signal: LOGS })
}

/** The same of spans. Events of spans, of which there are none, need nothing. */
export function spansThrough(steps: readonly Step[]): (batch: TracesBatch) => TracesBatch {
  const editors = editorsOf(steps)
  return batch => transform(batch, { steps, editors, signal: SPANS })
}

interface Work<T extends Table> {
  readonly steps: readonly Step[]
  readonly editors: ReadonlyMap<Step, ResourceEditor>
  readonly signal: Signal<T>
}

function transform<T extends Table>(
  batch: { readonly resources: readonly Resource[]; readonly tables: readonly T[] },
  { steps, editors, signal }: Work<T>,
): { readonly resources: readonly Resource[]; readonly tables: readonly T[] } {
  let { resources, tables } = batch
  for (const step of steps) {
    const all = resources
    const editor = editors.get(step)
    if (editor) resources = all.map(resource => editor.edit(resource))
    else if (step.context === signal.context)
      tables = tables.map(table => editTable(table, step, all, signal))
  }
  return { resources, tables }
}

function editTable<T extends Table>(
  table: T,
  step: Step,
  resources: readonly Resource[],
  signal: Signal<T>,
): T {
  const { conditions } = step
  const mask = conditions.length > 0 ? new Uint8Array(table.rows) : undefined
  if (mask) {
    const shape = signal.shape(table, resources)
    const hits = conditions.map(({ condition, onError }) => markRows(shape, condition, mask, onError))
    if (!hits.includes(true)) return table
  }
  let edited = table
  for (const written of step.edits) {
    const edit = mask ? { ...written, condition: within(written.condition) } : written
    const shape = signal.shape(edited, resources, mask)
    const { onError } = written
    if (edit.target.field) edited = signal.editField(edited, shape, edit, onError)
    else {
      const { attributes } = applyToAttributes(shape, edit, false, onError)
      edited = { ...edited, attributes: attributes as readonly EventAttribute[] }
    }
  }
  return edited
}
