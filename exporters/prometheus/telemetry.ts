/** What the exporter says about itself. */
import type { ObservableCallback } from '@opentelemetry/api'
import type { ComponentId } from '../../pipeline/component.ts'
import type { Meter } from '../../pipeline/telemetry.ts'
import type { Format } from './negotiate.ts'
import type { Removal } from './store.ts'

/** How a scrape ended: with an HTTP status, or with a client that left or was too slow. */
type ScrapeStatus = '200' | '500' | '503' | 'aborted'

export interface Scrape {
  readonly format: Format
  readonly status: ScrapeStatus
  /** From the request to the last byte. */
  readonly seconds: number
  /** Before compression. */
  readonly bytes: number
}

export interface Telemetry {
  scraped(scrape: Scrape): void
  removed(why: Removal, rows: number): void
  /** A metric of a batch could not be shown; once per scrape that leaves it out. */
  leftOut(reason: string): void
  /** Asks no more for the number of series. */
  close(): void
}

/** Instruments on `meter`, for the exporter of this id; `countSeries` is asked when the agent's own metrics are read. */
export function createTelemetry(meter: Meter, exporter: ComponentId, countSeries: () => number): Telemetry {
  const scrapes = meter.createCounter('exporter_prometheus_answered_scrapes', {
    unit: '{scrape}',
    description: 'Scrapes by format and how they ended',
  })
  const duration = meter.createHistogram('exporter_prometheus_scrape_duration', {
    unit: 's',
    description: 'Of scrapes answered in full: from the request to the last byte',
    advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 30] },
  })
  const bytes = meter.createCounter('exporter_prometheus_encoded_bytes', {
    unit: 'By',
    description: 'Bytes of answers, before compression',
  })
  const removals = meter.createCounter('exporter_prometheus_removed_rows', {
    unit: '{row}',
    description: 'Rows of series that are no longer exposed, by reason',
  })
  const problems = meter.createCounter('exporter_prometheus_omitted_metrics', {
    unit: '{metric}',
    description: 'Metrics that an exposition went without, by reason',
  })
  const series = meter.createObservableGauge('exporter_prometheus_held_series', {
    unit: '{series}',
    description: 'Series held for the next scrape, a histogram as one',
  })
  const observe: ObservableCallback = result => result.observe(countSeries(), { exporter })
  series.addCallback(observe)
  return {
    scraped({ format, status, seconds, bytes: size }) {
      scrapes.add(1, { exporter, format, status })
      if (status === '200') duration.record(seconds, { exporter, format })
      bytes.add(size, { exporter, format })
    },
    removed: (reason, rows) => removals.add(rows, { exporter, reason }),
    leftOut: reason => problems.add(1, { exporter, reason }),
    close: () => series.removeCallback(observe),
  }
}
