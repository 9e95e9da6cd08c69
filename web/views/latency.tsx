/** How long the calls of one kind took, over time. */
import { useMemo } from 'preact/hooks'
import type { LatencyMap } from '../../stats/api/latency.ts'
import { usePage } from '../data/page-context.ts'
import { useLatency, useTable } from '../data/use-numbers.ts'
import { toBound, toCount, toDuration, toPercent, toTime } from '../format.ts'
import { type Heat, toDistribution, toHeat } from '../heat.ts'
import { nameOf } from '../names.ts'
import { Chart, tooltipOf } from '../parts/chart.tsx'
import { Choice, useMore, WaitingSwitch } from '../parts/controls.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { AnswerView } from '../parts/notes.tsx'
import type { Palette } from '../parts/palette.ts'

export function Latency() {
  const { state } = usePage()
  const [asked, choose] = useMore('call')
  const calls = useTable({
    by: ['syscall'],
    where: { ...withoutCall(state.where) },
    show: state.waiting ? 'all' : 'working',
    sort: state.waiting ? 'time' : 'working',
    limit: 500,
  })
  const names = (calls.value?.rows ?? []).flatMap(({ key }) => key.syscall ?? [])
  const call = asked || state.where.syscall || names[0]
  const answer = useLatency(call)
  if (calls.value && !calls.value.isTimed) return <NotTimed />
  const options = [...new Set(call === undefined ? names : [call, ...names])].sort()
  return (
    <>
      <p class="controls">
        <Choice
          label="Call"
          value={call ?? ''}
          options={options.map(name => [name, nameOf('syscall', name)] as const)}
          onChoose={choose}
        />
        <WaitingSwitch />
      </p>
      {call === undefined ? (
        <AnswerView answer={calls}>
          {() => <p class="note">No call in this window. Choose a longer one.</p>}
        </AnswerView>
      ) : (
        <AnswerView answer={answer}>{map => <Drawing map={map} call={call} />}</AnswerView>
      )}
    </>
  )
}

function NotTimed() {
  return (
    <p class="note">
      The calls are not timed here. Set `latency: exact`, or `sampled`, of the receiver `ebpf`, and start the
      agent anew.
    </p>
  )
}

function withoutCall(where: object): Record<string, string[]> {
  const entries = Object.entries(where as Record<string, string>)
  return Object.fromEntries(
    entries.filter(([key]) => key !== 'syscall').map(([key, value]) => [key, [value]]),
  )
}

interface DrawingProps {
  readonly map: LatencyMap
  readonly call: string
}

function Drawing({ map, call }: DrawingProps) {
  const heat = useMemo(() => toHeat(map.columns), [map])
  const draw = useMemo(() => (palette: Palette) => toOption(heat, map, palette), [heat, map])
  if (heat.cells.length === 0)
    return <p class="note">No {call} ended in this window. Choose a longer one, or another call.</p>
  const { p50, p99, calls } = map.total
  return (
    <>
      <p>
        {toCount(calls)} calls of <code>{nameOf('syscall', call)}</code>: half took at most{' '}
        <b>{toDuration(p50)}</b>, 99 of 100 at most <b>{toDuration(p99)}</b>.
      </p>
      <Chart
        className="heat"
        label={`How long ${call} took over time. The table below has the sums`}
        draw={draw}
      />
      <Distribution map={map} />
    </>
  )
}

function Distribution({ map }: Pick<DrawingProps, 'map'>) {
  const { calls } = map.total
  return (
    <DataTable
      caption="The same over the whole window"
      columns={[
        {
          title: 'Took',
          value: ({ exponent }) => exponent,
          cell: ({ exponent }) => `${toBound(exponent)} to ${toBound(exponent + 1)}`,
        },
        {
          title: 'Calls',
          isNumber: true,
          value: ({ count }) => count,
          cell: ({ count }) => toCount(count),
        },
        {
          title: 'Share',
          isNumber: true,
          value: ({ count }) => count,
          cell: ({ count }) => toPercent(count, calls),
        },
      ]}
      rows={toDistribution(map.columns)}
      keyOf={({ exponent }) => String(exponent)}
      first={40}
      empty="No calls."
    />
  )
}

function toOption({ exponents, cells, most }: Heat, { columns }: LatencyMap, palette: Palette): object {
  const axis = {
    axisLabel: { color: palette.soft },
    axisLine: { lineStyle: { color: palette.line } },
    axisTick: { show: false },
    splitArea: { show: false },
  }
  // Few calls must be seen beside many: the colour goes with the logarithm.
  const strength = (count: number) => Math.log1p(count)
  return {
    tooltip: tooltipOf(
      palette,
      ({ data: [column, row, , count] }: { data: [number, number, number, number] }) => {
        const exponent = exponents[row]!
        return `${toTime(columns[column]!.startMs)}: ${toCount(count)} calls took ${toBound(exponent)} to ${toBound(exponent + 1)}`
      },
    ),
    grid: { left: 70, right: 12, top: 12, bottom: 28 },
    xAxis: { type: 'category', data: columns.map(({ startMs }) => toTime(startMs)), ...axis },
    yAxis: { type: 'category', data: exponents.map(toBound), ...axis },
    visualMap: { show: false, min: 0, max: strength(most), dimension: 2, inRange: { color: palette.heat } },
    series: [
      {
        type: 'heatmap',
        data: cells.map(([column, row, count]) => [column, row, strength(count), count]),
        itemStyle: { borderWidth: 0 },
      },
    ],
  }
}
