import type { ComponentId } from '../../pipeline/component.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import type { Meter } from '../../pipeline/telemetry.ts'

/** The processor's own metrics, under the Collector's names. `countSeries` is asked until `close`. */
export function createTelemetry(meter: Meter, processor: ComponentId, countSeries: () => number) {
  const own = new Instruments(meter, { processor })
  const name = (rest: string) => `cumulativetodelta_${rest}`
  own.readGauge(name('streams_tracked'), '{stream}', 'Series that are remembered', put => put(countSeries()))
  return {
    close: () => own.close(),
    converted: own.counter(name('datapoints'), '{datapoint}', 'Points that were made deltas'),
    dropped: own.counter(
      name('datapoints_dropped'),
      '{datapoint}',
      'Points that are in no delta: the first of a series, or one that is lower than the one before',
    ),
  }
}
