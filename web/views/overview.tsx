/** What happens now, and what of it is trouble. */
import type { ComponentChildren } from 'preact'
import type { StatsRow, StatsTable } from '../../stats/api/table.ts'
import { usePage } from '../data/page-context.ts'
import { useTable } from '../data/use-numbers.ts'
import { toRate, toShare } from '../format.ts'
import { keyOf, nameOf, placeOf, ruleOf, titleOf, waits } from '../names.ts'
import {
  callsColumn,
  errorsColumn,
  QUANTILES,
  timeColumn,
  trendColumn,
  troubleColumn,
} from '../parts/columns.tsx'
import { ExpectedSwitch, WaitingSwitch } from '../parts/controls.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { AnswerView, Note } from '../parts/notes.tsx'
import { Drill, Go } from '../parts/place.tsx'
import { Rest } from '../parts/rest.tsx'
import { Sparkline } from '../parts/sparkline.tsx'
import { nextDimension } from '../state.ts'

const POINTS = 60
const PLACE = ['namespace', 'pod', 'container', 'unit'] as const

export function Overview() {
  const { state } = usePage()
  const dimension = nextDimension(state.where)
  const isSame = dimension === undefined || dimension === 'syscall'
  return (
    <>
      <Now />
      <Trouble />
      {!isSame && <Parts dimension={dimension} />}
      <Calls />
    </>
  )
}

function Now() {
  const answer = useTable({ by: ['node'], points: POINTS })
  return (
    <section aria-labelledby="now">
      <h2 id="now">Now</h2>
      <AnswerView answer={answer}>{table => <Tiles table={table} />}</AnswerView>
    </section>
  )
}

function Tiles({ table: { total, startMs, endMs, isTimed } }: { readonly table: StatsTable }) {
  const windowMs = endMs - startMs
  const { points = [] } = total
  if (total.calls === 0)
    return (
      <Note>
        No call in this window. The agent may have started just now: the first numbers come with its second
        collection. If it stays so, choose a longer window, or see whether `swoll doctor` finds something.
      </Note>
    )
  return (
    <dl class="tiles">
      <Tile title="Calls" value={toRate(total.calls, windowMs)}>
        <Sparkline values={points.map(([calls]) => calls)} kind="calls" label="Calls over the window" />
      </Tile>
      <Tile title="Errors" value={toRate(total.errors, windowMs)}>
        <Sparkline values={points.map(([, errors]) => errors)} kind="errors" label="Errors over the window" />
      </Tile>
      <Tile title="Trouble" value={toRate(total.trouble, windowMs)} isBad={total.trouble > 0}>
        errors that are not to be expected
      </Tile>
      <Tile title="At work" value={isTimed ? toShare(total.working, windowMs) : '–'}>
        {isTimed ? 'threads in calls that do not wait, on average' : 'calls are not timed here'}
      </Tile>
    </dl>
  )
}

interface TileProps {
  readonly title: string
  readonly value: string
  readonly isBad?: boolean
  readonly children: ComponentChildren
}

function Tile({ title, value, isBad = false, children }: TileProps) {
  return (
    <div>
      <dt>{title}</dt>
      <dd class={isBad ? 'bad' : undefined}>{value}</dd>
      <dd class="hint">{children}</dd>
    </div>
  )
}

function Trouble() {
  const { state } = usePage()
  const show = state.expected ? 'errors' : 'trouble'
  const by = [...PLACE, 'syscall', 'errno'] as const
  const answer = useTable({ by: [...by], show, sort: show, limit: 100, points: POINTS })
  return (
    <section aria-labelledby="trouble">
      <h2 id="trouble">{state.expected ? 'Errors' : 'Trouble first'}</h2>
      <ExpectedHint />
      <AnswerView answer={answer}>
        {table => (
          <>
            <DataTable
              caption={
                state.expected
                  ? 'Errors, the most first'
                  : 'Errors that are not to be expected, the most first'
              }
              columns={troubleColumns(table, by)}
              rows={table.rows}
              keyOf={row => keyOf(row.key)}
              first={12}
              empty={
                state.expected
                  ? 'No call failed in this window.'
                  : 'No trouble: no call failed in this window but as is to be expected.'
              }
            />
            <Rest table={table} />
          </>
        )}
      </AnswerView>
    </section>
  )
}

function ExpectedHint() {
  return (
    <p class="controls">
      <ExpectedSwitch />
      <span class="hint">
        What every program meets in normal work, such as ENOENT while it looks for a library, is left out
        unless this is on: <a href="#errors?expected=1">the rules</a>.
      </span>
    </p>
  )
}

function troubleColumns({ startMs, endMs }: StatsTable, by: readonly [...typeof PLACE, 'syscall', 'errno']) {
  const windowMs = endMs - startMs
  return [
    {
      title: 'Where',
      value: ({ key }: StatsRow) => placeOf(key),
      cell: ({ key }: StatsRow) => (
        <Drill row={key} dimensions={by.filter(each => key[each] !== undefined || each === 'namespace')}>
          {placeOf(key)}
        </Drill>
      ),
    },
    {
      title: 'Call',
      value: ({ key }: StatsRow) => key.syscall ?? '',
      cell: ({ key }: StatsRow) => <code>{nameOf('syscall', key.syscall)}</code>,
    },
    {
      title: 'Error',
      value: ({ key }: StatsRow) => key.errno ?? '',
      cell: ({ key }: StatsRow) => (
        <>
          <code class={ruleOf(key) ? '' : 'bad'}>{nameOf('errno', key.errno)}</code>
          {ruleOf(key) && <small> {ruleOf(key)}</small>}
        </>
      ),
    },
    errorsColumn(windowMs),
    trendColumn('errors'),
  ]
}

function Parts({ dimension }: { readonly dimension: NonNullable<ReturnType<typeof nextDimension>> }) {
  const answer = useTable({ by: [dimension], sort: 'calls', limit: 500, points: POINTS })
  const title = dimension === 'errno' ? 'Results' : `${titleOf(dimension)}s`
  return (
    <section aria-labelledby="parts">
      <h2 id="parts">{title}</h2>
      <AnswerView answer={answer}>
        {table => {
          const windowMs = table.endMs - table.startMs
          const name = {
            title: titleOf(dimension),
            value: ({ key }: StatsRow) => nameOf(dimension, key[dimension]),
            cell: ({ key }: StatsRow) => (
              <Drill row={key} dimensions={[dimension]}>
                {nameOf(dimension, key[dimension])}
              </Drill>
            ),
          }
          const numbers = [callsColumn(windowMs), errorsColumn(windowMs), troubleColumn(windowMs)]
          return (
            <>
              <DataTable
                caption={`${title}, the most calls first`}
                columns={[name, ...numbers, timeColumn(windowMs, 'working'), trendColumn('calls')]}
                rows={table.rows}
                keyOf={row => keyOf(row.key)}
                first={12}
                empty="Nothing was counted in this window."
              />
              <Rest table={table} />
            </>
          )
        }}
      </AnswerView>
    </section>
  )
}

function Calls() {
  const { state } = usePage()
  const of = state.waiting ? 'time' : 'working'
  const answer = useTable({ by: ['syscall'], show: state.waiting ? 'all' : 'working', sort: of, limit: 500 })
  return (
    <section aria-labelledby="calls">
      <h2 id="calls">Calls</h2>
      <p class="controls">
        <WaitingSwitch />
        <span class="hint">
          Calls whose time is waiting, such as epoll_wait and futex, are left out unless this is on.
        </span>
      </p>
      <AnswerView answer={answer}>
        {table => (
          <>
            <DataTable
              caption={
                table.isTimed ? 'System calls, the most time first' : 'System calls; they are not timed'
              }
              columns={callColumns(table.endMs - table.startMs, of)}
              rows={table.rows}
              keyOf={row => keyOf(row.key)}
              first={12}
              empty="No call in this window, but such as wait."
            />
            <Rest table={table} />
          </>
        )}
      </AnswerView>
    </section>
  )
}

function callColumns(windowMs: number, of: 'time' | 'working') {
  return [
    {
      title: 'Call',
      value: ({ key }: StatsRow) => key.syscall ?? '',
      cell: ({ key }: StatsRow) => (
        <>
          <Drill row={key} dimensions={['syscall']}>
            <code>{nameOf('syscall', key.syscall)}</code>
          </Drill>
          {waits(key) && <small> waits by nature</small>}
        </>
      ),
    },
    timeColumn(windowMs, of),
    callsColumn(windowMs),
    errorsColumn(windowMs),
    troubleColumn(windowMs),
    ...QUANTILES,
    {
      title: 'Over time',
      cell: ({ key }: StatsRow) => (
        <Go to={{ view: 'latency', more: { call: key.syscall ?? '' } }} label={`Latency of ${key.syscall}`}>
          latency
        </Go>
      ),
    },
  ]
}
