/** The time that a batch is about. */
import type { LogsBatch } from '../../pipeline/data/logs.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import type { TracesBatch } from '../../pipeline/data/traces.ts'

/** First and last time in a batch, Unix ns. */
interface Window {
  readonly first: bigint
  readonly last: bigint
}

export function timesOfMetrics({ tables }: MetricsBatch): Iterable<bigint>[] {
  return [tables.map(({ timeUnixNano }) => timeUnixNano)]
}

export function timesOfLogs({ tables }: LogsBatch): Iterable<bigint>[] {
  return tables.map(({ timeUnixNano }) => timeUnixNano)
}

export function timesOfSpans({ tables }: TracesBatch): Iterable<bigint>[] {
  return tables.flatMap(({ startTimeUnixNano, endTimeUnixNano }) => [startTimeUnixNano, endTimeUnixNano])
}

/** From the first to the last of the times that are not 0, which is none; from `now` to `now` if there are none. */
export function windowOf(lists: readonly Iterable<bigint>[], now: bigint): Window {
  let first = 0n
  let last = 0n
  for (const times of lists)
    for (const time of times) {
      if (time > last) last = time
      if (time > 0n && (first === 0n || time < first)) first = time
    }
  return last === 0n ? { first: now, last: now } : { first, last }
}
