import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeGates, formatGates } from '../../otel-config/feature-gates.ts'

const ID = 'confmap.enableMergeAppendOption'

const s = suite('decodeGates')
for (const [given, want] of [
  [[], false],
  [[ID], true],
  [[`+${ID}`], true],
  [[`${ID},-${ID}`], false],
  [[`-${ID}`, ID], true],
  [[''], false],
] as const)
  s(`${JSON.stringify(given)} gives ${want}`, () => assert.is(decodeGates(given)[ID], want))
s('refuses another', () => {
  assert.throws(
    () => decodeGates([`${ID}s`]),
    new RegExp(`no feature gate has this id, got "${ID}s"; did you mean "${ID}"\\?`),
  )
})
s.run()

const shown = suite('formatGates')
shown('refuses an unknown one', () => {
  assert.throws(() => formatGates(decodeGates(), 'x'), /featuregate: no feature gate has this id, got "x"/)
})
shown.run()
