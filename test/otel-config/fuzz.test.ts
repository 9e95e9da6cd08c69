/** A few thousand changed configurations; `npm run bench -- config-fuzz` loads a million. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fuzzConfigs } from '../kit/config-fuzz.ts'

const COUNT = 3000
const s = suite('configurations changed at random')
s('are taken, or refused with a place and a reason, in time', async () => {
  const { accepted, refused } = await fuzzConfigs(COUNT, 20_261_130)
  assert.is(accepted + refused, COUNT)
  assert.ok(accepted > COUNT / 100, `${accepted} accepted`)
  assert.ok(refused > COUNT / 2, `${refused} refused`)
})
s.run()
