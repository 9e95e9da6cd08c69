/** Selectors as resources have them (meta/v1 LabelSelector), and the same as kubectl's texts. */
import { z } from 'zod'
import { decodeFieldSelector } from '../../kubernetes/selectors/fields.ts'
import { decodeLabelSelector, SelectorError } from '../../kubernetes/selectors/labels.ts'

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const

const expression = z
  .strictObject({
    key: z.string().min(1),
    operator: z.enum(OPERATORS),
    values: z.array(z.string()).optional(),
  })
  .superRefine(({ operator, values = [] }, context) => {
    const needsValues = operator === 'In' || operator === 'NotIn'
    if (needsValues === values.length > 0) return
    const message = needsValues ? `must not be empty with ${operator}` : `must be empty with ${operator}`
    context.addIssue({ code: 'custom', path: ['values'], message })
  })

const selector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).optional(),
  matchExpressions: z.array(expression).optional(),
})
type Selector = z.output<typeof selector>
type Expression = z.output<typeof expression>

export const labelSelector = selector.superRefine(checkedBy(given => decodeLabelSelector(toLabelText(given))))
export const fieldSelector = selector.superRefine(checkedBy(given => decodeFieldSelector(toFieldText(given))))

/** `app=web,tier in (front,edge),!canary`; empty: all pods. */
export function toLabelText({ matchLabels = {}, matchExpressions = [] }: Selector = {}): string {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(toRequirement),
  ].join(',')
}

function toRequirement({ key, operator, values = [] }: Expression): string {
  if (operator === 'Exists') return key
  if (operator === 'DoesNotExist') return `!${key}`
  return `${key} ${operator.toLowerCase()} (${values.join(',')})`
}

/** `status.phase=Running,spec.nodeName!=a`; empty: all pods. Throws SelectorError for what no text of kubectl says. */
export function toFieldText({ matchLabels = {}, matchExpressions = [] }: Selector = {}): string {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${escapeTerm(value)}`),
    ...matchExpressions.flatMap(toFieldRequirements),
  ].join(',')
}

function toFieldRequirements({ key, operator, values = [] }: Expression): string[] {
  if (operator === 'NotIn') return values.map(value => `${key}!=${escapeTerm(value)}`)
  if (operator === 'In' && values.length === 1) return [`${key}=${escapeTerm(values[0]!)}`]
  throw new SelectorError(
    `must have one value with In, or NotIn: fields know "is" and "is not" alone, got ${operator}`,
  )
}

function escapeTerm(value: string): string {
  return value.replace(/[\\,=]/g, found => `\\${found}`)
}

function checkedBy(decode: (given: Selector) => unknown) {
  return (given: Selector, context: z.RefinementCtx): void => {
    try {
      decode(given)
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error
      context.addIssue({ code: 'custom', message: error.message })
    }
  }
}
