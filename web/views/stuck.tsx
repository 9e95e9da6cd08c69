/** Which threads are inside which call, and for how long. */
import { toCallText, toWhereText } from '../calls.ts'
import { usePage } from '../data/page-context.ts'
import { useAnswer } from '../data/use-answer.ts'
import { toDuration, toNumberOf } from '../format.ts'
import { printable } from '../names.ts'
import { NoApi } from '../parts/choice-form.tsx'
import { Choice, useMore, WaitingSwitch } from '../parts/controls.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { AnswerView } from '../parts/notes.tsx'
import { Breadcrumbs } from '../parts/place.tsx'
import { Code } from '../parts/scroll.tsx'

/** As trace/api/in-flight.ts has it. */
interface Thread {
  readonly container: {
    readonly namespace: string | null
    readonly pod: string | null
    readonly name: string | null
    readonly id: string | null
  } | null
  readonly unit: string | null
  readonly cgroup: string | null
  readonly pid: number
  readonly tid: number
  readonly comm: string
  readonly syscall: { readonly name: string; readonly class: string; readonly group: string }
  readonly args: Readonly<
    Record<string, { readonly type: string; readonly raw: number | string; readonly text: string }>
  >
  readonly forNs: number
  readonly isAtLeast: boolean
  readonly isWaiting: boolean
}
interface InFlight {
  readonly time: string
  readonly threads: readonly Thread[]
  readonly total: number
  readonly missed: Readonly<Record<string, number>>
}

const LEAST = ['100ms', '1s', '10s', '1m', '10m', '1h'] as const

export function Stuck() {
  const { about } = usePage()
  if (about === undefined) return <p class="note">Asking the agent …</p>
  if (!about.services.api) return <NoApi />
  if (!about.services.stuck) return <NotTold />
  return <InFlightCalls />
}

function NotTold() {
  return (
    <div class="note">
      <p>The API of this agent does not tell which calls are in flight. On the node, this does:</p>
      <Code>swoll stuck</Code>
    </div>
  )
}

function InFlightCalls() {
  const { state, session, refresh } = usePage()
  const [min, setMin] = useMore('min', '1s')
  const query = new URLSearchParams({ min, limit: '1000' })
  for (const name of ['namespace', 'pod', 'container', 'unit'] as const) {
    const value = state.where[name]
    if (value) query.set(name, value)
  }
  const answer = useAnswer<InFlight>(new URL(`stuck?${query}`, session.api).href)
  return (
    <>
      <Breadcrumbs />
      <p class="controls">
        <Choice
          label="In it for at least"
          value={min}
          options={LEAST.map(each => [each, each] as const)}
          onChoose={setMin}
        />
        <WaitingSwitch />
        <button type="button" onClick={refresh}>
          Look again
        </button>
      </p>
      <AnswerView answer={answer}>{value => <Threads inFlight={value} />}</AnswerView>
    </>
  )
}

function Threads({ inFlight: { threads, total, missed } }: { readonly inFlight: InFlight }) {
  const { state } = usePage()
  const rows = state.waiting ? threads : threads.filter(({ isWaiting }) => !isWaiting)
  const waiting = threads.length - rows.length
  const reasons = Object.entries(missed).filter(([, count]) => count > 0)
  return (
    <>
      <DataTable
        caption="Threads inside a call, the longest first"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ tid }) => String(tid)}
        first={50}
        empty={
          waiting > 0
            ? `Nothing hangs. In calls that wait by nature: ${toNumberOf(waiting, 'thread')}.`
            : 'Nothing hangs: no thread is in a call for so long.'
        }
      />
      {rows.length > 0 && waiting > 0 && (
        <p class="hint">Not shown: {toNumberOf(waiting, 'thread')} in calls that wait by nature.</p>
      )}
      {total > threads.length && (
        <p class="hint">Not shown: {toNumberOf(total - threads.length, 'more thread')}; narrow the page.</p>
      )}
      {reasons.length > 0 && (
        <p class="hint">{reasons.map(([reason, count]) => toMissedText(reason, count)).join(' ')}</p>
      )}
    </>
  )
}

/** As trace/api/in-flight.ts has the reasons. */
const ADDRESSES: Readonly<Record<string, string>> = {
  memory_withheld: 'they are in a file of a server that may not answer, or in memory that is being changed',
  memory_not_in_time: 'reading them did not end, and is not tried again until the agent starts anew',
  memory_unreadable: 'this kernel does not let them be read (Linux 6.2 does)',
}

function toMissedText(reason: string, count: number): string {
  const why = ADDRESSES[reason]
  if (why === undefined) return `Not shown: ${toNumberOf(count, 'thread')} (${reason}).`
  return `Of ${toNumberOf(count, 'thread')} arguments in memory are shown as addresses: ${why}.`
}

const COLUMNS = [
  {
    title: 'For',
    isNumber: true,
    value: ({ forNs }: Thread) => forNs,
    cell: ({ forNs, isAtLeast }: Thread) => (
      <b title={isAtLeast ? 'Nobody saw the call begin: it may be longer' : undefined}>
        {isAtLeast ? '≥ ' : ''}
        {toDuration(forNs)}
      </b>
    ),
  },
  { title: 'Where', value: toWhereText, cell: toWhereText },
  {
    title: 'Thread',
    value: ({ comm }: Thread) => comm,
    cell: ({ comm, pid, tid }: Thread) => `${printable(comm)} ${pid === tid ? pid : `${pid}/${tid}`}`,
  },
  {
    title: 'Call',
    value: ({ syscall }: Thread) => syscall.name,
    cell: (thread: Thread) => (
      <>
        <code>{toCallText(thread)}</code>
        {thread.isWaiting && <small> waits by nature</small>}
      </>
    ),
  },
]
