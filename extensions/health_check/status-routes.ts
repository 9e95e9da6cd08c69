import type { Clock } from '../../pipeline/clock.ts'
import type { Host } from '../../pipeline/component.ts'
import { answer } from '../../pipeline/http/answer.ts'
import type { Route } from '../../pipeline/http/route.ts'
import type { ComponentStatus, State } from '../../pipeline/states.ts'
import { type Summary, summarize } from './aggregate.ts'
import type { Config } from './config.ts'
import { toStatusAnswer } from './status-answer.ts'

type Watched = Pick<Host, 'health' | 'statuses' | 'showConfig'>

const JSON_TYPE = { 'Content-Type': 'application/json' }

/** The routes of `http::status` and `http::config`, as far as they are enabled; `use_v2` must be set. */
export function statusRoutes(
  { http, component_health: health }: Config,
  host: Watched,
  clock: Pick<Clock, 'unixNano'>,
): Route[] {
  const startUnixNano = clock.unixNano()
  const isRecoverableFirst = health?.include_recoverable_errors && !health.include_permanent_errors
  const status: Route = {
    path: http!.status.path,
    title: 'The states of pipelines and components',
    handle({ response, query }) {
      const asked = new URLSearchParams(query)
      const all = summarize(statusesOf(host), isRecoverableFirst ? 'recoverable' : 'permanent')
      const scope = scopeOf(all, asked.get('pipeline') ?? '')
      if (!scope) return answer(response, 404, '')
      const isVerbose = asked.has('verbose') && asked.get('verbose') !== 'false'
      const nowUnixNano = clock.unixNano()
      const { status, body } = toStatusAnswer(scope, { health, startUnixNano, nowUnixNano, isVerbose })
      answer(response, status, body, JSON_TYPE)
    },
  }
  return [
    ...(http!.status.enabled ? [status] : []),
    ...(http!.config.enabled ? [configRoute(http!.config.path, host)] : []),
  ]
}

function configRoute(path: string, host: Watched): Route {
  return {
    path,
    title: 'The configuration in force',
    async handle({ response }) {
      answer(response, 200, JSON.stringify(await host.showConfig()), JSON_TYPE)
    },
  }
}

/**
 * Until all has started nothing is more than starting, so that the state does not come and go with each component. While all runs, what
 * another configuration starts and stops does not count: the rest works meanwhile.
 */
function statusesOf({ health, statuses }: Watched): readonly ComponentStatus[] {
  const all = statuses.list()
  if (health.state === 'starting') return all.map(toStarting)
  return health.state === 'running' ? all.filter(({ state }) => !PASSING.includes(state)) : all
}

const PASSING: readonly State[] = ['starting', 'stopping', 'stopped']

function toStarting(status: ComponentStatus): ComponentStatus {
  return { ...status, state: 'starting', cause: undefined }
}

/** The process, a pipeline by its id, or `extensions`. */
function scopeOf(all: Summary, name: string): Summary | undefined {
  if (name === '') return all
  return all.parts.get(name === 'extensions' ? name : `pipeline:${name}`)
}
