/** Keys of the Collector's `prometheus` exporter that say which names and labels series have. */
import { z } from 'zod'

const STRATEGIES = ['UnderscoreEscapingWithSuffixes', 'UnderscoreEscapingWithoutSuffixes'] as const

const UTF8_STRATEGIES = new Set<unknown>(['NoUTF8EscapingWithSuffixes', 'NoTranslation'])

const strategyError = ({ input }: { input?: unknown }) =>
  UTF8_STRATEGIES.has(input)
    ? `must be one of ${STRATEGIES.join(', ')}, got "${input}": names here have no characters that old servers cannot read`
    : undefined

const patterns = (what: string) => z.array(z.string().min(1)).default([]).describe(what)

export const collectorKeys = {
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
  without_scope_info: z
    .boolean()
    .default(false)
    .describe('True: no labels `otel_scope_…`, which only `naming: otel` has'),
  enable_open_metrics: z
    .boolean()
    .default(true)
    .describe('False: OpenMetrics is not offered to scrapers; the Collector’s default'),
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
  resource_constant_labels: z
    .strictObject({
      included: patterns(
        'Attributes of a resource that are labels of its series; `*` and `?` stand for others',
      ),
      excluded: patterns('Of those, the ones that are not'),
    })
    .optional(),
}
