import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LimitedLog } from '../../pipeline/limited-log.ts'
import { fakeClock } from '../kit/clock.ts'

const limited = suite('LimitedLog')
limited(
  'writes the first at once, then one line per interval with the sum and the newest error',
  async () => {
    const clock = fakeClock()
    const lines: string[] = []
    const log = new LimitedLog(clock, 1_000, (sum, error) => lines.push(`${sum} ${error.message}`))
    log.add(3, new Error('a'))
    log.add(4, new Error('b'))
    await clock.advance(999)
    log.add(5, new Error('c'))
    assert.equal(lines, ['3 a'])
    await clock.advance(1)
    log.add(6, new Error('d'))
    assert.equal(lines, ['3 a', '15 d'])
  },
)
limited('writes what is held back when it is flushed, and nothing when nothing is', () => {
  const lines: number[] = []
  const log = new LimitedLog(fakeClock(), 1_000, sum => lines.push(sum))
  log.flush()
  log.add(1, new Error('a'))
  log.add(2, new Error('b'))
  log.flush()
  log.flush()
  assert.equal(lines, [1, 2])
})
limited.run()
