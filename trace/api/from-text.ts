/** Selectors of resources, made of the texts that kubectl takes. */
import { decodeFieldSelector } from '../../kubernetes/selectors/fields.ts'
import { decodeLabelSelector, SelectorError } from '../../kubernetes/selectors/labels.ts'
import type { TraceSpec } from './spec.ts'

type Selector = NonNullable<TraceSpec['labelSelector']>
type Expression = NonNullable<Selector['matchExpressions']>[number]

const OPERATORS = { in: 'In', notin: 'NotIn', exists: 'Exists', absent: 'DoesNotExist' } as const

/** Undefined: all pods. Throws SelectorError, also for `<` and `>`, which resources do not have. */
export function toLabelSelector(text: string): Selector | undefined {
  const labels: Record<string, string> = {}
  const expressions: Expression[] = []
  for (const { key, operator, values } of decodeLabelSelector(text)) {
    if (operator === 'above' || operator === 'below')
      throw new SelectorError(`must not compare with < or >, which resources cannot say, got "${text}"`)
    if (operator === 'in' && values.length === 1 && !Object.hasOwn(labels, key)) labels[key] = values[0]!
    else
      expressions.push({
        key,
        operator: OPERATORS[operator],
        ...(values.length > 0 && { values: [...values] }),
      })
  }
  return toSelector(labels, expressions)
}

/** The same for fields. */
export function toFieldSelector(text: string): Selector | undefined {
  const fields: Record<string, string> = {}
  const expressions: Expression[] = []
  for (const { field, isEqual, value } of decodeFieldSelector(text)) {
    if (isEqual && !Object.hasOwn(fields, field)) fields[field] = value
    else expressions.push({ key: field, operator: isEqual ? 'In' : 'NotIn', values: [value] })
  }
  return toSelector(fields, expressions)
}

function toSelector(matchLabels: Record<string, string>, expressions: Expression[]): Selector | undefined {
  if (Object.keys(matchLabels).length === 0 && expressions.length === 0) return undefined
  return {
    ...(Object.keys(matchLabels).length > 0 && { matchLabels }),
    ...(expressions.length > 0 && { matchExpressions: expressions }),
  }
}
