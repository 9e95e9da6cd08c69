/** The jobs of this agent: made, watched and ended here. */
import { useState } from 'preact/hooks'
import { createJob, deleteJob } from '../data/jobs.ts'
import { usePage } from '../data/page-context.ts'
import { AnswerError } from '../data/session.ts'
import { useAnswer } from '../data/use-answer.ts'
import { toCount, toRate } from '../format.ts'
import { printable } from '../names.ts'
import { ChoiceFields, NoApi, useChoice } from '../parts/choice-form.tsx'
import { Input } from '../parts/controls.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { AnswerView } from '../parts/notes.tsx'
import { Go } from '../parts/place.tsx'

interface Job {
  readonly id: string
  readonly traceSpec: {
    readonly metadata: { readonly namespace?: string; readonly creationTimestamp: string }
    readonly spec: Readonly<Record<string, unknown>>
    readonly status: { readonly state: string; readonly reason?: string; readonly message?: string }
  }
}
interface JobList {
  readonly running: Readonly<Record<string, Job>>
  readonly completed: Readonly<Record<string, Job>>
}
interface JobStatus {
  readonly calls: number
  readonly callsPerSecond: number
  readonly lost: Readonly<Record<string, number>>
  readonly clients: number
}

export function Jobs() {
  const { about } = usePage()
  if (about === undefined) return <p class="note">Asking the agent …</p>
  return about.services.api ? <JobsOfAgent /> : <NoApi />
}

/** Runs what the user asked for, and keeps what went wrong for the page to show. */
function useAttempt() {
  const { refresh, askToLogIn } = usePage()
  const [fault, setFault] = useState('')
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work()
      setFault('')
    } catch (error) {
      if (error instanceof AnswerError && error.status === 401) askToLogIn()
      setFault(error instanceof Error ? error.message : String(error))
    }
    refresh()
  }
  return { fault, attempt }
}

function JobsOfAgent() {
  const { session } = usePage()
  const { fault, attempt } = useAttempt()
  // Until the next list comes, nobody asks how these are.
  const [ended, setEnded] = useState<ReadonlySet<string>>(new Set())
  const answer = useAnswer<JobList>(new URL('jobs', session.api).href)
  const end = async (id: string) => {
    await deleteJob(session, id)
    setEnded(new Set([...ended, id]))
  }
  return (
    <>
      <NewJob attempt={attempt} />
      {fault && (
        <p class="note bad" role="alert">
          {fault}
        </p>
      )}
      <AnswerView answer={answer}>
        {({ running, completed }) => (
          <DataTable
            caption="Jobs: those that run first, the newest first"
            columns={jobColumns(id => void attempt(() => end(id)))}
            rows={[...Object.values(running), ...Object.values(completed)]
              .filter(({ id }) => !ended.has(id))
              .sort(compareJobs)}
            keyOf={job => job.id}
            first={50}
            empty="No job. Start one above, or with kubectl: it is a resource of the kind Trace."
          />
        )}
      </AnswerView>
    </>
  )
}

function NewJob({ attempt }: { readonly attempt: (work: () => Promise<unknown>) => Promise<void> }) {
  const { session } = usePage()
  const [choice, set] = useChoice()
  const [duration, setDuration] = useState('10m')
  const submit = (event: Event) => {
    event.preventDefault()
    void attempt(() => createJob(session, choice, duration))
  }
  return (
    <form class="controls" onSubmit={submit} aria-label="New job">
      <ChoiceFields choice={choice} set={set} />
      <Input label="Ends after" value={duration} placeholder="never" onInput={setDuration} />
      <button type="submit" class="main">
        Create
      </button>
    </form>
  )
}

function isRunning({ traceSpec: { status } }: Job): boolean {
  return status.state === 'Running' || status.state === 'Pending'
}

function compareJobs(a: Job, b: Job): number {
  const time = ({ traceSpec: { metadata } }: Job) => Date.parse(metadata.creationTimestamp)
  return Number(isRunning(b)) - Number(isRunning(a)) || time(b) - time(a)
}

function jobColumns(end: (id: string) => void) {
  return [
    {
      title: 'Job',
      value: ({ id }: Job) => id,
      cell: ({ id }: Job) => <Go to={{ view: 'trace', more: { job: id } }}>{id}</Go>,
    },
    {
      title: 'Namespace',
      value: ({ traceSpec }: Job) => traceSpec.metadata.namespace ?? '',
      cell: ({ traceSpec }: Job) => printable(traceSpec.metadata.namespace ?? 'the node'),
    },
    { title: 'What', cell: ({ traceSpec }: Job) => <small>{toSpecText(traceSpec.spec)}</small> },
    {
      title: 'State',
      value: ({ traceSpec }: Job) => traceSpec.status.state,
      cell: ({ traceSpec: { status } }: Job) =>
        [status.state, status.reason, status.message]
          .filter(Boolean)
          .map(text => printable(text!))
          .join(', '),
    },
    { title: 'Calls', isNumber: true, cell: ({ id }: Job) => <Progress id={id} /> },
    {
      title: 'End',
      cell: (job: Job) => (
        <button
          type="button"
          onClick={() => end(job.id)}
          aria-label={`${isRunning(job) ? 'Stop' : 'Forget'} ${job.id}`}
        >
          {isRunning(job) ? 'Stop' : 'Forget'}
        </button>
      ),
    },
  ]
}

function Progress({ id }: { readonly id: string }) {
  const { session } = usePage()
  const { value } = useAnswer<JobStatus>(new URL(`jobs/${encodeURIComponent(id)}/status`, session.api).href)
  if (!value) return <>…</>
  const lost = Object.values(value.lost).reduce((sum, count) => sum + count, 0)
  return (
    <>
      {toCount(value.calls)}, {toRate(value.callsPerSecond, 1000)}
      {lost > 0 && <b class="bad">, {toCount(lost)} lost</b>}
    </>
  )
}

function toSpecText(spec: Job['traceSpec']['spec']): string {
  const entries = Object.entries(spec).map(
    ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return printable(entries.join('; ')) || 'programs that start'
}
