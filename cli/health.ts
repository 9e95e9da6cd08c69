/** Whether the process lives and is ready, in the words of Kubernetes: `/livez` and `/readyz`. */
import type { Clock } from '../pipeline/clock.ts'
import type { Heartbeat, Host, Work } from '../pipeline/component.ts'
import { answer } from '../pipeline/http/answer.ts'
import type { Route } from '../pipeline/http/route.ts'

type State = 'starting' | 'running' | 'stopping'

interface Check {
  readonly name: string
  /** Why it failed; undefined: it did not. */
  readonly problem: string | undefined
}

interface Expected {
  readonly work: Work
  lastMs: number
}

export class Health {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #expected = new Set<Expected>()
  state: State = 'starting'

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** What a host's `expectBeats` is. */
  readonly expectBeats: Host['expectBeats'] = (work): Heartbeat => {
    const expected: Expected = { work, lastMs: this.#clock.monotonicMs() }
    this.#expected.add(expected)
    return {
      beat: () => {
        expected.lastMs = this.#clock.monotonicMs()
      },
      stop: () => void this.#expected.delete(expected),
    }
  }

  /** That somebody answers at all shows that the event loop goes on; the rest are the loops that must come round. */
  live(): readonly Check[] {
    return [{ name: 'event loop', problem: undefined }, ...this.#checksFor('live')]
  }

  /** All has started, with whatever that waits for, nothing has begun to stop, and what was collected gets away. */
  ready(): readonly Check[] {
    const problem = this.state === 'running' ? undefined : `the process is ${this.state}`
    return [{ name: 'all components', problem }, ...this.#checksFor('live'), ...this.#checksFor('ready')]
  }

  #checksFor(what: Work['for']): Check[] {
    const nowMs = this.#clock.monotonicMs()
    return [...this.#expected]
      .filter(({ work }) => work.for === what)
      .map(({ work: { name, maxSilenceMs }, lastMs }) => {
        const isLate = nowMs - lastMs > maxSilenceMs
        return { name, problem: isLate ? `none for ${Math.round((nowMs - lastMs) / 1000)} s` : undefined }
      })
  }
}

export function healthRoutes(health: Health): readonly Route[] {
  return [
    toRoute('/livez', 'Whether it lives', () => health.live()),
    toRoute('/readyz', 'Whether it is ready', () => health.ready()),
  ]
}

/** 200 and `ok`, or 503; with `?verbose`, and when it fails, a line for each check. */
function toRoute(path: string, title: string, check: () => readonly Check[]): Route {
  const word = path.slice(1)
  return {
    path,
    title,
    handle({ response, query }) {
      const checks = check()
      const isFailed = checks.some(({ problem }) => problem !== undefined)
      const isVerbose = isFailed || new URLSearchParams(query).has('verbose')
      const lines = checks.map(({ name, problem }) =>
        problem ? `[-]${name} failed: ${problem}` : `[+]${name} ok`,
      )
      const last = `${word} check ${isFailed ? 'failed' : 'passed'}`
      answer(response, isFailed ? 503 : 200, isVerbose ? `${[...lines, last].join('\n')}\n` : 'ok\n')
    },
  }
}
