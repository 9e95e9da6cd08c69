/** The exporter's own metrics, besides those of all that push. */
import type { ComponentId } from '../../pipeline/component.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import type { Logger, Meter } from '../../pipeline/telemetry.ts'
import type { Omitted } from './fit.ts'

/** Different metrics and reasons that are logged; all are counted. */
const MAX_WARNINGS = 100

/** Returns a function that counts points each time, and says once of each metric and reason that there are such. */
export function createOmissions(
  { meter, log }: { readonly meter: Meter; readonly log: Logger },
  exporter: ComponentId,
): (omitted: Omitted) => void {
  const count = new Instruments(meter, { exporter }).counter(
    'exporter_prometheus_remote_write_omitted_metric_points',
    '{datapoint}',
    'Points that remote write cannot send, by reason: lost',
  )
  const warned = new Set<string>()
  return ({ metric, reason, points }) => {
    count(points, { reason })
    const key = `${metric} ${reason}`
    if (points === 0 || warned.has(key) || warned.size >= MAX_WARNINGS) return
    warned.add(key)
    log.warn({ metric, reason }, 'A metric cannot be sent and is left out')
  }
}
