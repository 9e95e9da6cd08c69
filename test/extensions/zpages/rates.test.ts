import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rates } from '../../../extensions/zpages/rates.ts'
import { fakeClock } from '../../kit/clock.ts'
import { settled } from '../../kit/consumers.ts'

function open() {
  const clock = fakeClock()
  let looks = 0
  const rates = new Rates(async () => [{ name: 'a', labels: {}, value: ++looks }], clock)
  const read = async () => {
    const { seconds, before, now } = await rates.read()
    return [seconds, before[0]!.value, now[0]!.value]
  }
  return { clock, rates, read, looks: () => looks }
}

const s = suite('Rates')
s('looks twice within a second at first, and then once for each who asks', async () => {
  const { clock, read } = open()
  const first = read()
  await settled()
  await clock.advance(1000)
  assert.equal(await first, [1, 1, 2])
  await clock.advance(5000)
  assert.equal(await read(), [5, 2, 3])
})
s('gives who asks at the same time, or within a second, the same', async () => {
  const { clock, read, looks } = open()
  const both = Promise.all([read(), read()])
  await settled()
  await clock.advance(1000)
  assert.equal(await both, [
    [1, 1, 2],
    [1, 1, 2],
  ])
  await clock.advance(999)
  assert.equal(await read(), [1, 1, 2])
  assert.is(looks(), 2)
})
s('begins anew when nobody has asked for a minute', async () => {
  const { clock, read } = open()
  const first = read()
  await settled()
  await clock.advance(1000)
  await first
  await clock.advance(60_001)
  const later = read()
  await settled()
  await clock.advance(1000)
  assert.equal(await later, [1, 3, 4])
})
s('goes on after a look that failed', async () => {
  const clock = fakeClock()
  let looks = 0
  const rates = new Rates(async () => {
    if (++looks === 1) throw new Error('no')
    return []
  }, clock)
  assert.is(await rates.read().catch((error: Error) => error.message), 'no')
  const again = rates.read()
  await settled()
  await clock.advance(1000)
  assert.is((await again).seconds, 1)
})
s.run()
