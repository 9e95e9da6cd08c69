/** Columns that several tables have. */
import type { StatsRow } from '../../stats/api/table.ts'
import { toCount, toDuration, toPercent, toRate, toShare } from '../format.ts'
import type { Column } from './data-table.tsx'
import { Sparkline } from './sparkline.tsx'

export function callsColumn(windowMs: number): Column<StatsRow> {
  return {
    title: 'Calls',
    isNumber: true,
    value: ({ calls }) => calls,
    cell: ({ calls }) => <span title={`${calls} calls`}>{toRate(calls, windowMs)}</span>,
  }
}

export function errorsColumn(windowMs: number): Column<StatsRow> {
  return {
    title: 'Errors',
    isNumber: true,
    value: ({ errors }) => errors,
    cell: ({ errors, calls }) => (
      <span
        class={errors === 0 ? 'zero' : undefined}
        title={`${errors} errors, ${toPercent(errors, calls)} of the calls`}
      >
        {toRate(errors, windowMs)}
      </span>
    ),
  }
}

export function troubleColumn(windowMs: number): Column<StatsRow> {
  return {
    title: 'Trouble',
    hint: 'Errors that are not to be expected of their call',
    isNumber: true,
    value: ({ trouble }) => trouble,
    cell: ({ trouble }) => (
      <span class={trouble > 0 ? 'bad' : 'zero'} title={`${trouble} errors that are not to be expected`}>
        {toRate(trouble, windowMs)}
      </span>
    ),
  }
}

/** Time in calls by time of the clock: 1 is one thread all the time. */
export function timeColumn(windowMs: number, of: 'time' | 'working'): Column<StatsRow> {
  return {
    title: of === 'time' ? 'Threads in it' : 'Threads at work',
    hint: 'Time in the calls divided by the window: 1 is one thread all the time',
    isNumber: true,
    value: row => row[of],
    cell: row => toShare(row[of], windowMs),
  }
}

export const QUANTILES: readonly Column<StatsRow>[] = (['p50', 'p99'] as const).map(quantile => ({
  title: quantile,
  isNumber: true,
  value: row => row[quantile] ?? -1,
  cell: row => toDuration(row[quantile]),
}))

export function trendColumn(of: 'calls' | 'errors'): Column<StatsRow> {
  return {
    title: 'Trend',
    cell: ({ points = [] }) => {
      const values = points.map(point => point[of === 'calls' ? 0 : 1])
      const most = Math.max(0, ...values)
      return <Sparkline values={values} kind={of} label={`${of} over the window, ${toCount(most)} at most`} />
    },
  }
}
