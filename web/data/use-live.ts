/** A live trace that is part of a view: it ends with the view. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { TraceChoice } from '../command.ts'
import { IDLE, type Live, LiveTrace } from './live-trace.ts'
import { OwnJob } from './own-job.ts'
import { usePage } from './page-context.ts'
import { AnswerError } from './session.ts'

interface Controls {
  readonly live: Live
  /** Makes a job of its own. */
  start(choice: TraceChoice): void
  /** Follows a job of somebody else. */
  watch(id: string): void
  stop(): void
  pause(isPaused: boolean): void
  clear(): void
}

interface Running {
  readonly trace: LiveTrace
  /** Ends what goes with it: the job, if it is its own. */
  end(): void
}

export function useLive(): Controls {
  const { session, clock, askToLogIn } = usePage()
  const [live, setLive] = useState<Live>(IDLE)
  const running = useRef<Running | undefined>(undefined)
  const leave = useCallback(() => {
    running.current?.trace.leave()
    running.current?.end()
    running.current = undefined
  }, [])
  useEffect(() => leave, [leave])
  const begin = (end: () => void): LiveTrace => {
    leave()
    const trace = new LiveTrace({ session, clock, tell: setLive })
    running.current = { trace, end }
    setLive({ ...IDLE, state: 'starting', text: 'Starting' })
    return trace
  }
  const fail = (error: unknown) => {
    if (error instanceof AnswerError && error.status === 401) askToLogIn()
    running.current = undefined
    setLive({ ...IDLE, state: 'over', text: `Not started: ${messageOf(error)}` })
  }
  const start = (choice: TraceChoice) => {
    const job = new OwnJob(session, clock, choice)
    const trace = begin(() => job.end())
    const follow = () => (running.current?.trace === trace ? trace.follow(job.id) : undefined)
    job.start().then(follow, fail)
  }
  return {
    live,
    start,
    stop() {
      leave()
      setLive(last => ({ ...last, state: 'over', text: 'Stopped' }))
    },
    watch: id => void begin(() => {}).follow(id),
    pause: isPaused => running.current?.trace.pause(isPaused),
    clear: () => running.current?.trace.clear(),
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
