import { z } from 'zod'
import { compileSearch } from '../../pipeline/linear-pattern.ts'

const AGGREGATION_TYPES = ['sum', 'mean', 'min', 'max', 'median', 'count'] as const
const OPERATIONS = [
  'add_label',
  'update_label',
  'delete_label_value',
  'toggle_scalar_data_type',
  'experimental_scale_value',
  'aggregate_labels',
  'aggregate_label_values',
] as const

const aggregationType = z.enum(AGGREGATION_TYPES)

const operation = z
  .strictObject({
    action: z.enum(OPERATIONS).describe('What is done'),
    label: z.string().default('').describe('The attribute, for all but add_label and aggregate_labels'),
    new_label: z.string().default('').describe('For add_label and update_label: its new name'),
    new_value: z
      .string()
      .default('')
      .describe(
        'For add_label and aggregate_label_values. `{{version}}` in it is the version of the scope of the metric',
      ),
    value_actions: z
      .array(z.strictObject({ value: z.string().default(''), new_value: z.string().default('') }))
      .default([])
      .describe('For update_label: values and what becomes of them'),
    label_value: z
      .string()
      .default('')
      .describe('For delete_label_value: points with this value are dropped'),
    label_set: z
      .array(z.string())
      .default([])
      .describe('For aggregate_labels: attributes that stay, all others go'),
    aggregated_values: z
      .array(z.string())
      .default([])
      .describe('For aggregate_label_values: values that become new_value'),
    aggregation_type: aggregationType
      .default('sum')
      .describe('For aggregate_labels and aggregate_label_values: how points that are alike then become one'),
    experimental_scale: z
      .number()
      .refine(Number.isFinite)
      .optional()
      .describe('For experimental_scale_value: the factor'),
  })
  .superRefine((given, context) => {
    const need = (name: 'label' | 'new_label' | 'new_value', action: (typeof OPERATIONS)[number]) => {
      if (given.action === action && given[name] === '')
        context.addIssue({ code: 'custom', path: [name], message: `must be set for ${action}` })
    }
    need('label', 'update_label')
    need('new_label', 'add_label')
    need('new_value', 'add_label')
    const { action, experimental_scale: scale } = given
    if (action === 'experimental_scale_value' && !(scale !== undefined && scale > 0))
      context.addIssue({
        code: 'custom',
        path: ['experimental_scale'],
        message: `must be above 0, since no total is below, got ${scale ?? 'nothing'}`,
      })
  })

const fields = z.strictObject({
  include: z.string().min(1, 'must not be empty').describe('The name of the metric, or a pattern of names'),
  match_type: z
    .enum(['strict', 'regexp'])
    .default('strict')
    .describe('Whether include, and the values of experimental_match_labels, are texts or patterns'),
  experimental_match_labels: z
    .record(z.string(), z.string())
    .default({})
    .describe('Only points with these attributes; an attribute that is not there is an empty text'),
  action: z.enum(['update', 'insert', 'combine', 'group']).describe('What is done with the metric'),
  new_name: z
    .string()
    .default('')
    .describe('Another name, for insert and combine needed. With regexp `$1` stands for a group of include'),
  group_resource_labels: z
    .record(z.string(), z.string())
    .optional()
    .describe('For group, where it is needed: attributes of the resource that the metric then belongs to'),
  aggregation_type: aggregationType
    .optional()
    .describe('For combine, where it is needed: how points that are alike become one'),
  submatch_case: z
    .enum(['lower', 'upper'])
    .optional()
    .describe('For combine: how texts of groups of include are written as values of attributes'),
  operations: z.array(operation).default([]).describe('What is done to the points, in this order'),
})

const transform = fields.superRefine((given, context) => {
  for (const issue of findFaults(given)) context.addIssue({ code: 'custom', ...issue })
})

interface Fault {
  readonly path: string[]
  readonly message: string
}

function findFaults(given: z.infer<typeof fields>): Fault[] {
  const { action } = given
  const faults = given.match_type === 'regexp' ? findBadPatterns(given) : []
  const fault = (name: string, message: string) => faults.push({ path: [name], message })
  if ((action === 'insert' || action === 'combine') && given.new_name === '')
    fault('new_name', `must be set for ${action}`)
  if (action === 'combine' && given.aggregation_type === undefined)
    fault('aggregation_type', `must be set for combine: ${AGGREGATION_TYPES.join(', ')}`)
  if (action !== 'group') return faults
  if (given.group_resource_labels === undefined) fault('group_resource_labels', 'must be set for group')
  if (given.operations.length > 0)
    fault('operations', 'must not be set for group, which has none; write a transform of its own before it')
  return faults
}

function findBadPatterns(given: z.infer<typeof fields>): Fault[] {
  const labels = Object.entries(given.experimental_match_labels)
  const patterns = [
    [['include'], given.include] as const,
    ...labels.map(([key, pattern]) => [['experimental_match_labels', key], pattern] as const),
  ]
  return patterns.flatMap(([path, pattern]) => {
    try {
      compileSearch(pattern)
      return []
    } catch (cause) {
      const message = `must be a regular expression as RE2 has them: ${(cause as Error).message}`
      return [{ path: [...path], message }]
    }
  })
}

export const config = z.strictObject({
  transforms: z.array(transform).default([]).describe('What is done to metrics, in this order'),
})
export type Config = z.infer<typeof config>
export type Transform = z.infer<typeof transform>
export type Operation = z.infer<typeof operation>
export type AggregationType = z.infer<typeof aggregationType>
