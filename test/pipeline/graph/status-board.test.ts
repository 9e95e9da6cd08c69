import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Host } from '../../../pipeline/component.ts'
import { StatusBoard } from '../../../pipeline/graph/status-board.ts'
import { fakeClock } from '../../kit/clock.ts'
import { recordingHost, recordingLogger } from '../../kit/context.ts'

const extension: Host['extension'] = () => {
  throw new Error('none')
}

function rig() {
  const host = recordingHost()
  const log = recordingLogger()
  const clock = fakeClock()
  const board = new StatusBoard(host, clock)
  const enroll = (id: string, pipelines: readonly string[] = ['metrics']) => {
    const vertex = { key: `exporters::${id}`, kind: 'exporters', id, pipelines, next: new Map() } as const
    return board.enroll({ vertex, log }, extension)
  }
  const states = () => board.list().map(({ id, state }) => `${id} ${state}`)
  const said = () => log.lines.splice(0).map(({ level, message }) => `${level} ${message}`)
  return { host, clock, board, enroll, states, said }
}

const s = suite('StatusBoard')
s('a component is ok once it has started, unless it has said more', () => {
  const { enroll, states, said, host } = rig()
  const [a, b, c] = ['a', 'b', 'c'].map(id => enroll(id)) as [
    ReturnType<typeof enroll>,
    ReturnType<typeof enroll>,
    ReturnType<typeof enroll>,
  ]
  assert.equal(states(), ['a starting', 'b starting', 'c starting'])
  b.host.report('recoverable', new Error('away'))
  c.host.report('ok')
  for (const entry of [a, b, c]) entry.started()
  assert.equal(states(), ['a ok', 'b recoverable', 'c ok'])
  assert.equal(said(), ['warn Component is degraded'])
  assert.is(host.reports.length, 1)
})
s('what may not follow is not heard, and not logged', () => {
  const { enroll, states, said } = rig()
  const { host, started, enter } = enroll('a')
  started()
  host.report('permanent', new Error('gone'))
  host.report('ok')
  host.report('recoverable')
  assert.equal(states(), ['a permanent'])
  assert.equal(said(), ['error Component fails until it is configured anew or restarted'])
  enter('stopping')
  host.report('ok')
  enter('stopped')
  host.report('fatal')
  assert.equal(states(), ['a stopped'])
  assert.equal(said(), [])
})
s('a component that fails again stays in its state since then, with the newer cause', async () => {
  const { enroll, board, clock, said } = rig()
  const { host } = enroll('a')
  host.report('recoverable', new Error('first'))
  const since = board.list()[0]!.sinceUnixNano
  await clock.advance(1000)
  host.report('recoverable', new Error('second'))
  const [{ cause, sinceUnixNano }] = board.list() as [ReturnType<typeof board.list>[0]]
  assert.is(cause?.message, 'second')
  assert.is(sinceUnixNano, since)
  assert.is(said().length, 1)
  host.report('ok')
  assert.is(board.list()[0]!.sinceUnixNano, since + 1_000_000_000n)
})
s('subscribers hear every state until they go, and no more', () => {
  const { enroll, board } = rig()
  const told: string[] = []
  const end = board.subscribe(({ id, state, pipelines }) => void told.push(`${id} ${state} ${pipelines}`))
  const other = board.subscribe(() => void told.push('other'))
  other()
  const { host, started } = enroll('a', ['metrics', 'logs'])
  started()
  host.report('ok')
  end()
  host.report('recoverable')
  assert.equal(told, ['a starting metrics,logs', 'a ok metrics,logs', 'a ok metrics,logs'])
})
s('the worst of all reaches the process, and goes with its component', () => {
  const { enroll, board, host } = rig()
  const [a, b] = [enroll('a'), enroll('b')]
  for (const entry of [a, b]) entry.started()
  a.host.report('recoverable', new Error('slow'))
  b.host.report('permanent', new Error('broken'))
  board.forget(b)
  board.forget(b)
  a.host.report('fatal', new Error('map gone'))
  assert.equal(
    host.reports.map(({ status, cause }) => `${status} ${cause?.message}`),
    ['recoverable slow', 'permanent broken', 'recoverable slow', 'fatal exporters::a: map gone'],
  )
  assert.equal(board.list().length, 1)
})
s.run()
