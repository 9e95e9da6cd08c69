/** Own metrics of the exporter. */
import { Instruments } from '../../pipeline/instruments.ts'
import type { Meter } from '../../pipeline/telemetry.ts'
import type { History } from '../../stats/history.ts'

/** Returns a function that ends the observation. */
export function createTelemetry(meter: Meter, exporter: string, history: History): () => void {
  const own = new Instruments(meter, { exporter })
  own.readGauge('exporter_charts_held_bytes', 'By', 'Memory of the numbers of the past', put =>
    put(history.bytes),
  )
  own.readGauge('exporter_charts_history_length', 's', 'How far back the numbers go', put => {
    const { endMs, oldestMs } = history.facts()
    put((endMs - oldestMs) / 1000)
  })
  return () => own.close()
}
