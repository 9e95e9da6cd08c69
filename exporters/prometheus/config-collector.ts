/** Keys of the Collector's `prometheus` exporter that say which names and labels series have. */
import { z } from 'zod'
import { conversionKey, nameKeys } from '../shared/prometheus/config.ts'

const patterns = (what: string) => z.array(z.string().min(1)).default([]).describe(what)

export const collectorKeys = {
  ...nameKeys,
  without_scope_info: z
    .boolean()
    .default(false)
    .describe('True: no labels `otel_scope_…`, which only `naming: otel` has'),
  enable_open_metrics: z
    .boolean()
    .default(true)
    .describe('False: OpenMetrics is not offered to scrapers; the Collector’s default'),
  ...conversionKey,
  resource_constant_labels: z
    .strictObject({
      included: patterns(
        'Attributes of a resource that are labels of its series; `*` and `?` stand for others',
      ),
      excluded: patterns('Of those, the ones that are not'),
    })
    .optional(),
}
