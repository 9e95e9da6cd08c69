/** Field selectors of pods, as kubectl and the API server read them (apimachinery's `fields.ParseSelector`). */
import { nearest } from '../../pipeline/nearest.ts'
import { SelectorError } from './labels.ts'
import { POD_FIELDS, type PodField, type PodFields } from './pod-fields.ts'

/** One condition; all of a selector must hold. */
interface FieldRequirement {
  readonly field: PodField
  readonly isEqual: boolean
  readonly value: string
}

/** A character that stands for itself, behind a backslash: `\,`, `\=` and `\\`. */
const TERM = /((?:\\.|[^\\,])+)(?:,|$)/gy
const PARTS = /^((?:\\.|[^\\=!])+)(==|!=|=)((?:\\.|[^\\=])*)$/

/** Throws SelectorError. An empty text has no requirements: it selects everything. */
export function decodeFieldSelector(text: string): FieldRequirement[] {
  const terms = [...text.matchAll(TERM)]
  const read = terms.reduce((length, [whole]) => length + whole.length, 0)
  if (read < text.length) throw new SelectorError(`must not have an empty requirement or a lone "\\"`)
  return terms.map(([, term]) => decodeTerm(term!.trim()))
}

function decodeTerm(term: string): FieldRequirement {
  const [, field, operator, value] = PARTS.exec(term) ?? []
  if (field === undefined)
    throw new SelectorError(`must have requirements such as status.phase=Running (or ==, !=), got "${term}"`)
  if (!isPodField(field)) {
    const hint = nearest(field, POD_FIELDS)
    const remedy = hint ? `did you mean "${hint}"?` : `known are ${POD_FIELDS.join(', ')}`
    throw new SelectorError(`must name a field that pods are selected by, got "${field}"; ${remedy}`)
  }
  return { field, isEqual: operator !== '!=', value: value!.replace(/\\(.)/g, '$1') }
}

function isPodField(text: string): text is PodField {
  return (POD_FIELDS as readonly string[]).includes(text)
}

/** Returns whether the fields meet all requirements, as the API server decides: an unset field is empty. */
export function hasFields(fields: PodFields, requirements: readonly FieldRequirement[]): boolean {
  return requirements.every(({ field, isEqual, value }) => ((fields[field] ?? '') === value) === isEqual)
}
