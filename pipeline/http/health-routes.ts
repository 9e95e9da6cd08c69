/** Routes that say whether the process has started, lives and is ready, named as Kubernetes names them. */
import type { Check, HealthView } from '../health.ts'
import { answer } from './answer.ts'
import type { Route } from './route.ts'

export function healthRoutes(health: Omit<HealthView, 'state'>) {
  return {
    livez: toRoute('livez', 'Whether it lives', () => health.live()),
    readyz: toRoute('readyz', 'Whether it is ready', () => health.ready()),
    startupz: toRoute('startupz', 'Whether it has started', () => health.started()),
  }
}

/** Answers with 200 and `ok`, or with 503; with `?verbose`, and when it fails, with a line for each check. */
function toRoute(word: string, title: string, check: () => readonly Check[]): Route {
  return {
    path: `/${word}`,
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
