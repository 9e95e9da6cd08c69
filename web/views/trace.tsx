/** Calls as they happen, with what they were called with. */
import { useEffect, useState } from 'preact/hooks'
import { type Cells, toCells } from '../calls.ts'
import { type Live, MOST_ROWS, type Row } from '../data/live-trace.ts'
import { usePage } from '../data/page-context.ts'
import { useLive } from '../data/use-live.ts'
import { CallDetail } from '../parts/call-detail.tsx'
import { ChoiceFields, Commands, NoApi, useChoice } from '../parts/choice-form.tsx'
import { Go } from '../parts/place.tsx'
import { Scroll } from '../parts/scroll.tsx'

export function Trace() {
  const { about } = usePage()
  if (about === undefined) return <p class="note">Asking the agent …</p>
  return about.services.api ? <Tracing /> : <NoApi />
}

function Tracing() {
  const { state } = usePage()
  const { job } = state.more
  const controls = useLive()
  const { live, watch } = controls
  const [picked, pick] = useState<Row | undefined>()
  const isRunning = ['starting', 'open', 'broken'].includes(live.state)
  // Only another job is a reason.
  useEffect(() => {
    if (job) watch(job)
  }, [job])
  return (
    <>
      {job ? <Followed job={job} /> : <Own controls={controls} isRunning={isRunning} />}
      <Bar controls={controls} isRunning={isRunning} />
      <div class="split">
        <Calls rows={live.rows} picked={picked} pick={pick} isRunning={isRunning} />
        {picked && <CallDetail message={picked.message} close={() => pick(undefined)} />}
      </div>
    </>
  )
}

function Followed({ job }: { readonly job: string }) {
  return (
    <p>
      Job <code>{job}</code>. <Go to={{ more: {} }}>Start a trace of one's own instead</Go>
    </p>
  )
}

interface BarProps {
  readonly controls: ReturnType<typeof useLive>
  readonly isRunning: boolean
}

function Own({ controls: { start, stop }, isRunning }: BarProps) {
  const [choice, set] = useChoice()
  const submit = (event: Event) => {
    event.preventDefault()
    if (isRunning) stop()
    else start(choice)
  }
  return (
    <>
      <form class="controls" onSubmit={submit} aria-label="What to trace">
        <ChoiceFields choice={choice} set={set} />
        <button type="submit" class="main">
          {isRunning ? 'Stop' : 'Start'}
        </button>
      </form>
      <Commands choice={choice} />
    </>
  )
}

function Bar({ controls: { live, pause, clear }, isRunning }: BarProps) {
  return (
    <p class="controls">
      <button
        type="button"
        aria-pressed={live.isPaused}
        disabled={!isRunning}
        onClick={() => pause(!live.isPaused)}
      >
        {live.isPaused ? 'Go on' : 'Pause'}
      </button>
      <button type="button" disabled={live.rows.length === 0} onClick={clear}>
        Clear
      </button>
      <output>{toStateText(live)}</output>
    </p>
  )
}

function toStateText({ state, text, shown, held, dropped, lost, isPaused }: Live): string {
  if (state === 'idle')
    return 'Not started. Choose whose calls, and which; without any it is the programs that start.'
  const counts = [
    `${shown} shown`,
    isPaused && `${held} waiting`,
    dropped > 0 && `${dropped} passed unseen`,
    lost > 0 && `${lost} lost`,
  ]
  return `${isPaused ? 'Paused' : text}. ${counts.filter(Boolean).join(', ')}`
}

interface CallsProps {
  readonly rows: readonly Row[]
  readonly picked: Row | undefined
  readonly pick: (row: Row) => void
  readonly isRunning: boolean
}

function Calls({ rows, picked, pick, isRunning }: CallsProps) {
  if (rows.length === 0) return isRunning ? <p class="note">No call yet.</p> : null
  return (
    <Scroll className="table calls" label="Calls">
      <table>
        <caption>The last {MOST_ROWS} calls, the newest first</caption>
        <thead>
          <tr>
            {['Time', 'Where', 'Program', 'Call', 'Result', 'Took'].map(title => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <CallRow
              key={row.key}
              cells={toCells(row.message)}
              isPicked={row.key === picked?.key}
              onPick={() => pick(row)}
            />
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

interface CallRowProps {
  readonly cells: Cells
  readonly isPicked: boolean
  readonly onPick: () => void
}

function CallRow({ cells, isPicked, onPick }: CallRowProps) {
  const { time, where, program, call, result, took, kind } = cells
  const isCall = kind === 'ok' || kind === 'failed'
  return (
    <tr class={`${kind} ${isPicked ? 'picked' : ''}`}>
      <td>{time}</td>
      <td>{where}</td>
      <td>{program}</td>
      <td>
        {isCall ? (
          <button type="button" class="call" aria-pressed={isPicked} onClick={onPick}>
            {call}
          </button>
        ) : (
          call
        )}
      </td>
      <td>{result}</td>
      <td class="number">{took}</td>
    </tr>
  )
}
