import type { Clock } from '../../pipeline/clock.ts'
import type { Consumer } from '../../pipeline/component.ts'
import type { Put } from '../../pipeline/instruments.ts'
import { toBatch } from './batch.ts'
import type { Tally } from './tally.ts'
import { Totals } from './totals.ts'
import { windowOf } from './window.ts'

export interface CountTarget {
  readonly scopeName: string
  readonly next: Consumer<'metrics'>
  /** Told of items that found no room. */
  readonly lose: Put
  readonly clock: Clock
}

type Send = (
  tallies: readonly Tally[],
  times: readonly Iterable<bigint>[],
  abort: AbortSignal,
) => Promise<void>

/** Sends the counts of one batch, which are about the time from its first to its last item. Nothing is sent if nothing was counted. */
export function sendDeltas({
  scopeName,
  limit,
  next,
  lose,
  clock,
}: CountTarget & { readonly limit: number }): Send {
  return async (tallies, times, abort) => {
    if (tallies.length === 0) return
    const { first, last } = windowOf(times, clock.unixNano())
    const totals = new Totals(limit)
    const lost = tallies.reduce((sum, tally) => sum + totals.add(tally, { ms: 0, unixNano: first }), 0)
    if (lost > 0) lose(lost)
    await next.consume(toBatch(totals, { scopeName, temporality: 'delta', timeUnixNano: last }), abort)
  }
}
