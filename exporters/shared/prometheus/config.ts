/** Keys of the exporters for Prometheus that say which names and labels series have. */
import { z } from 'zod'
import { defaultResourceLabels, type Naming } from './resource-labels.ts'

/** In the schema without what Go's regular expressions have not, for Helm reads it, too. */
const labelName = () => {
  const error = 'must be a Prometheus label name, not "le" and not "__…"'
  return z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error, abort: true })
    .refine(name => name !== 'le' && !name.startsWith('__'), error)
}

/** Labels that are the same for every series. */
export const constLabels = () =>
  z.record(labelName(), z.string()).default({}).describe('Labels for every series')

/** Problems of constant labels that have the name of another label. */
export function findTaken(
  labels: Readonly<Record<string, string>>,
  { naming, resource_labels }: { readonly naming: Naming; readonly resource_labels?: object | undefined },
): { readonly name: string; readonly message: string }[] {
  const taken = resource_labels ?? defaultResourceLabels(naming)
  const message = 'must not be the name of a resource label; choose another name or set resource_labels'
  return Object.keys(labels).flatMap(name => (Object.hasOwn(taken, name) ? [{ name, message }] : []))
}

const STRATEGIES = ['UnderscoreEscapingWithSuffixes', 'UnderscoreEscapingWithoutSuffixes'] as const

const UTF8_STRATEGIES = new Set<unknown>(['NoUTF8EscapingWithSuffixes', 'NoTranslation'])

const strategyError = ({ input }: { input?: unknown }) =>
  UTF8_STRATEGIES.has(input)
    ? `must be one of ${STRATEGIES.join(', ')}, got "${input}": names here have no characters that old servers cannot read`
    : undefined

/** Of all names. */
export const namingKey = {
  naming: z
    .enum(['swoll', 'otel'])
    .default('swoll')
    .describe('Names of metrics and labels: `swoll`, or those of the OpenTelemetry compatibility rules'),
}

export const resourceLabelsKey = {
  resource_labels: z
    .record(labelName(), z.union([z.string(), z.array(z.string()).min(1)]))
    .optional()
    .describe(
      'Label → resource attribute it shows; of a list, the first that a resource has. Replaces the default',
    ),
}

/** Of the names of metrics. */
export const nameKeys = {
  namespace: z
    .string()
    .default('')
    .describe('In front of the name of every metric but `target_info`, followed by `_`'),
  translation_strategy: z
    .enum(STRATEGIES, { error: strategyError })
    .optional()
    .describe('Whether names end with unit and `_total`; goes before `add_metric_suffixes`'),
  add_metric_suffixes: z
    .boolean()
    .default(true)
    .describe(
      'False: names of metrics end with neither unit nor `_total`; those of the original swoll never do',
    ),
}

export const conversionKey = {
  resource_to_telemetry_conversion: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe('True: every attribute of a resource is a label of its series'),
      exclude_service_attributes: z
        .boolean()
        .default(false)
        .describe('True: but not `service.name`, `service.namespace` and `service.instance.id`'),
    })
    .prefault({}),
}
