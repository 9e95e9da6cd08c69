import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Summary } from '../../../extensions/health_check/aggregate.ts'
import { rfc3339Nano, toStatusAnswer } from '../../../extensions/health_check/status-answer.ts'

const SECOND = 1_000_000_000n
const asked = { health: undefined, startUnixNano: 0n, nowUnixNano: 100n * SECOND, isVerbose: false }
const of = (state: Summary['state'], sinceUnixNano = 0n): Summary => ({
  state,
  cause: undefined,
  sinceUnixNano,
  parts: new Map(),
})
const RECOVERABLE = {
  include_permanent_errors: false,
  include_recoverable_errors: true,
  recovery_duration: 30_000,
}
const PERMANENT = {
  include_permanent_errors: true,
  include_recoverable_errors: false,
  recovery_duration: 0,
}
const statusOf = (state: Summary['state'], health?: typeof PERMANENT, since = 0n) =>
  toStatusAnswer(of(state, since), { ...asked, health }).status

const answers = suite('toStatusAnswer')
answers('without component_health no error of a component is one of the server, a fatal one excepted', () => {
  const all = (
    ['none', 'starting', 'ok', 'recoverable', 'permanent', 'fatal', 'stopping', 'stopped'] as const
  ).map(state => statusOf(state))
  assert.equal(all, [503, 503, 200, 200, 200, 500, 503, 503])
})
answers('a recoverable error is one once it has lasted for the whole recovery_duration', () => {
  assert.is(statusOf('recoverable', RECOVERABLE, 70n * SECOND + 1n), 200)
  assert.is(statusOf('recoverable', RECOVERABLE, 70n * SECOND), 500)
  assert.is(statusOf('recoverable', PERMANENT), 200)
})
answers('a permanent error is one at once, where it is included', () => {
  assert.is(statusOf('permanent', PERMANENT, 100n * SECOND), 500)
  assert.is(statusOf('permanent', RECOVERABLE), 200)
})
answers('the body has the keys of the Collector in their order, and parts on request', () => {
  const cause = new Error('server "away" <b>')
  const part: Summary = { ...of('recoverable', 1_500_000_000n), cause }
  const all: Summary = { ...part, parts: new Map([['pipeline:metrics', part]]) }
  const shown =
    '"healthy":true,"status":"StatusRecoverableError","error":"server \\"away\\" <b>","status_time":"1970-01-01T00:00:01.5Z","attributes":{}'
  const { body } = toStatusAnswer(all, asked)
  assert.is(body, `{"start_time":"1970-01-01T00:00:00Z",${shown}}`)
  const verbose = toStatusAnswer(all, { ...asked, isVerbose: true })
  assert.is(
    verbose.body,
    `{"start_time":"1970-01-01T00:00:00Z",${shown},"components":{"pipeline:metrics":{${shown}}}}`,
  )
})
answers.run()

const time = suite('rfc3339Nano')
for (const [nanos, expected] of [
  [0n, '1970-01-01T00:00:00Z'],
  [1n, '1970-01-01T00:00:00.000000001Z'],
  [1_796_000_000_120_000_000n, '2026-11-30T00:53:20.12Z'],
] as const)
  time(`${nanos}`, () => assert.is(rfc3339Nano(nanos), expected))
time.run()
