import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isError, mayFollow, type State, worstOf } from '../../pipeline/states.ts'

const STATES: readonly State[] = [
  'starting',
  'ok',
  'recoverable',
  'permanent',
  'fatal',
  'stopping',
  'stopped',
]

const s = suite('states')
s('follow each other as in the Collector', () => {
  const table = STATES.map(
    before => `${before}: ${STATES.filter(after => mayFollow(before, after)).join(' ')}`,
  )
  assert.equal(table, [
    'starting: ok recoverable permanent fatal stopping',
    'ok: ok recoverable permanent fatal stopping',
    'recoverable: ok recoverable permanent fatal stopping',
    'permanent: stopping',
    'fatal: ',
    'stopping: recoverable permanent fatal stopped',
    'stopped: ',
  ])
})
s('three are errors, each worse than the one before', () => {
  assert.equal(STATES.filter(isError), ['recoverable', 'permanent', 'fatal'])
  const all = STATES.map(state => ({ state }))
  assert.is(worstOf(all).state, 'fatal')
  assert.is(worstOf(all.filter(({ state }) => state !== 'fatal')).state, 'permanent')
  assert.is(worstOf(all.slice(0, 3)).state, 'recoverable')
  assert.is(worstOf([all[6]!, all[1]!]), all[6])
})
s.run()
