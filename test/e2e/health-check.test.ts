/** The same states of components through OpenTelemetry's own health check extension and through ours: the same answers. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HealthCheck } from '../../extensions/health_check/extension.ts'
import { factory } from '../../extensions/health_check/factory.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { Health } from '../../pipeline/health.ts'
import type { Kind } from '../../pipeline/kinds.ts'
import { type ComponentStatus, NO_STATUSES, type State } from '../../pipeline/states.ts'
import { createContext, never, nopHost, recordingLogger } from '../kit/context.ts'
import { GoProgram } from '../kit/go-program.ts'
import { requireAll } from '../kit/skip.ts'

const PROGRAM = new GoProgram({
  name: 'health',
  folder: join(import.meta.dirname, '../fixtures/otlp/health'),
})
requireAll(PROGRAM.lacks())

interface Event {
  readonly kind: Kind
  readonly id: string
  readonly pipelines: readonly string[]
  readonly state: State
  readonly error?: string
  readonly isReady?: boolean
}

interface Case {
  readonly config: Readonly<Record<string, unknown>>
  readonly events: readonly Event[]
  readonly asks: readonly string[]
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

const ASKS = [
  '/status',
  '/status?verbose',
  '/status?verbose=false',
  '/status?verbose=0',
  '/status?pipeline=metrics&verbose',
  '/status?pipeline=logs/app',
  '/status?pipeline=traces',
  '/status?pipeline=extensions&verbose=yes',
  '/status?pipeline=',
]
const V2 = { use_v2: true, http: {} }
const PARTS = [
  ['extensions', 'health_check', []],
  ['exporters', 'otlp/2', ['metrics', 'logs/app']],
  ['exporters', 'debug', ['metrics']],
  ['processors', 'batch', ['logs/app']],
  ['connectors', 'forward', ['logs/app', 'metrics']],
  ['receivers', 'ebpf', ['metrics']],
] as const

/** All start, are ready, and then these enter these states. */
function eventsOf(...later: (readonly [id: string, state: State])[]): Event[] {
  const enter = (id: string, state: State): Event => {
    const [kind, , pipelines] = PARTS.find(part => part[1] === id)!
    const error = ['recoverable', 'permanent', 'fatal'].includes(state) ? `${id} <is> ${state}` : ''
    return { kind, id, pipelines, state, error }
  }
  const start = PARTS.flatMap(([, id]) => [enter(id, 'starting'), enter(id, 'ok')])
  return [...start, ...later.map(([id, state]) => ({ ...enter(id, state), isReady: true }))]
}

const health = (keys: object) => ({ ...V2, component_health: keys })
const RECOVERS = [
  ['otlp/2', 'recoverable'],
  ['batch', 'permanent'],
] as const
const CASES: Readonly<Record<string, Case>> = {
  'before all has started': { config: V2, events: eventsOf(), asks: ASKS },
  'all fine': { config: V2, events: eventsOf(['ebpf', 'ok']), asks: ASKS },
  'one recoverable': { config: V2, events: eventsOf(['otlp/2', 'recoverable']), asks: ASKS },
  'one permanent': { config: V2, events: eventsOf(['batch', 'permanent']), asks: ASKS },
  'two errors': { config: V2, events: eventsOf(...RECOVERS), asks: ASKS },
  fatal: { config: V2, events: eventsOf(['ebpf', 'fatal'], ['otlp/2', 'recoverable']), asks: ASKS },
  stopping: {
    config: V2,
    events: eventsOf(['ebpf', 'stopping'], ['ebpf', 'stopped'], ['batch', 'permanent']),
    asks: ASKS,
  },
  'back again': { config: V2, events: eventsOf(['otlp/2', 'recoverable'], ['otlp/2', 'ok']), asks: ASKS },
  'an extension that fails': { config: V2, events: eventsOf(['health_check', 'permanent']), asks: ASKS },
  'no error included': {
    config: health({ recovery_duration: '1s' }),
    events: eventsOf(...RECOVERS),
    asks: ASKS,
  },
  'permanent included': {
    config: health({ include_permanent_errors: true }),
    events: eventsOf(...RECOVERS),
    asks: ASKS,
  },
  'recoverable included, at once': {
    config: health({ include_recoverable_errors: true }),
    events: eventsOf(...RECOVERS),
    asks: ASKS,
  },
  'recoverable included, later': {
    config: health({ include_recoverable_errors: true, recovery_duration: '1h' }),
    events: eventsOf(...RECOVERS),
    asks: ASKS,
  },
  'both included': {
    config: health({
      include_recoverable_errors: true,
      include_permanent_errors: true,
      recovery_duration: '1h',
    }),
    events: eventsOf(...RECOVERS),
    asks: ASKS,
  },
  'both included, fatal': {
    config: health({ include_recoverable_errors: true, include_permanent_errors: true }),
    events: eventsOf(['ebpf', 'fatal']),
    asks: ASKS,
  },
  'another path': {
    config: { use_v2: true, http: { status: { path: '/health/status' } } },
    events: eventsOf(['ebpf', 'ok']),
    asks: ['/health/status', '/health/status?verbose'],
  },
}

function original(cases: readonly Case[]): (readonly Answer[])[] {
  const input = cases.map(one => `${JSON.stringify(one)}\n`).join('')
  const output = execFileSync(PROGRAM.path(), { input, encoding: 'utf8' })
  return output
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

async function ours({ config, events, asks }: Case): Promise<Answer[]> {
  const states = new Map<string, ComponentStatus>()
  for (const { kind, id, pipelines, state, error } of events)
    states.set(`${kind}:${id}`, {
      component: `${kind}::${id}`,
      kind,
      id,
      pipelines,
      state,
      cause: error ? new Error(error) : undefined,
      sinceUnixNano: systemClock.unixNano(),
    })
  const log = recordingLogger()
  const keys = { ...config, http: { ...(config.http as object), endpoint: '127.0.0.1:0' } }
  const extension = new HealthCheck(createContext(factory.config.parse(keys), { id: 'health_check', log }))
  const health = new Health(systemClock)
  if (events.some(({ isReady }) => isReady)) health.state = 'running'
  if (events.some(({ state }) => state === 'stopping')) health.state = 'stopping' // a Collector changes no part of itself
  const statuses = { ...NO_STATUSES, list: () => [...states.values()] }
  await extension.start({ ...nopHost(), health, statuses }, never)
  const url = String(log.lines[0]!.fields.url)
  const answers = await Promise.all(
    asks.map(async path => {
      const response = await fetch(new URL(path, url))
      const body = await response.text()
      return { status: response.status, type: body && response.headers.get('content-type')!, body }
    }),
  )
  await extension.shutdown(never)
  return answers
}

/** With the keys of each object in their order, and any time of the right form as one word. */
function comparable({ status, type, body }: Answer): string {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?(Z|[+-]\d\d:\d\d)$/
  const show = (key: string, value: unknown) =>
    key.endsWith('_time') && time.test(String(value)) ? 'a time' : value
  return `${status} ${body && type} ${body && JSON.stringify(JSON.parse(body), show)}`
}

const s = suite('health_check beside the original')
const answers = original(Object.values(CASES))
for (const [i, [name, one]] of Object.entries(CASES).entries())
  s(name, async () => {
    const expected = answers[i]!.map(comparable)
    assert.is(expected.length, one.asks.length)
    assert.equal((await ours(one)).map(comparable), expected)
  })
s('the cases have every status of HTTP, and every state but none', () => {
  const all = answers.flat()
  assert.equal([...new Set(all.map(({ status }) => status))].sort(), [200, 404, 500, 503])
  const seen = new Set(all.flatMap(({ body }) => body.match(/Status\w+/g) ?? []))
  assert.is(seen.size, 7)
})
s.run()
