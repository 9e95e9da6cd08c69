/** The exporter's own metrics. */
import type { ComponentId } from '../../pipeline/component.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import type { Meter } from '../../pipeline/telemetry.ts'
import type { Format } from './negotiate.ts'
import type { Removal } from './store.ts'

export interface Scrape {
  readonly format: Format
  /** An HTTP status; `aborted`: the client left or was too slow. */
  readonly status: '200' | '500' | '503' | 'aborted'
  /** From the request to the last byte. */
  readonly seconds: number
  /** Before compression. */
  readonly bytes: number
}

/** Instruments on `meter`, for the exporter of this id; `countSeries` is asked when the agent's own metrics are read. */
export function createTelemetry(meter: Meter, exporter: ComponentId, countSeries: () => number) {
  const own = new Instruments(meter, { exporter })
  const name = (rest: string) => `exporter_prometheus_${rest}`
  const scrapes = own.counter(name('answered_scrapes'), '{scrape}', 'Scrapes by format and how they ended')
  const duration = own.duration(
    name('scrape_duration'),
    'Of scrapes answered in full: from the request to the last byte',
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 30],
  )
  const bytes = own.counter(name('encoded_bytes'), 'By', 'Bytes of answers, before compression')
  const removals = own.counter(
    name('removed_rows'),
    '{row}',
    'Rows of series that are no longer exposed, by reason',
  )
  const problems = own.counter(
    name('omitted_metrics'),
    '{metric}',
    'Metrics that an exposition went without, by reason',
  )
  own.readGauge(name('held_series'), '{series}', 'Series held for the next scrape, a histogram as one', put =>
    put(countSeries()),
  )
  return {
    scraped({ format, status, seconds, bytes: size }: Scrape): void {
      scrapes(1, { format, status })
      if (status === '200') duration(seconds, { format })
      bytes(size, { format })
    },
    removed: (reason: Removal, rows: number): void => removals(rows, { reason }),
    /** A metric of a batch could not be shown; once per scrape that leaves it out. */
    leftOut: (reason: string): void => problems(1, { reason }),
    /** Asks no more for the number of series. */
    close: (): void => own.close(),
  }
}
