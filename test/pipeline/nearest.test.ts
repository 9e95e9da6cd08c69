import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nearest } from '../../pipeline/nearest.ts'

const s = suite('nearest')
const rows: readonly (readonly [string, string, readonly string[], string | undefined])[] = [
  ['a swap', 'opneat', ['close', 'openat'], 'openat'],
  ['a letter less', 'opnat', ['openat'], 'openat'],
  ['a letter more', 'opennat', ['openat'], 'openat'],
  ['another letter', 'openit', ['openat'], 'openat'],
  ['another case', 'NETWORK', ['Network'], 'Network'],
  ['the closer of two', 'recvmsgg', ['recvmmsg', 'recvmsg'], 'recvmsg'],
  ['the first of equals', 'dup4', ['dup2', 'dup3'], 'dup2'],
  ['a third of the letters wrong', 'abcxyf', ['abcdef'], 'abcdef'],
  ['more than a third wrong', 'abxyzf', ['abcdef'], undefined],
  ['a short word one letter off', 'rd', ['rx'], 'rx'],
  ['nothing alike', 'frobnicate', ['openat', 'close'], undefined],
  ['no candidates', 'openat', [], undefined],
  ['an empty word', '', ['openat'], undefined],
]
for (const [name, word, candidates, want] of rows)
  s(`${name}: ${JSON.stringify(word)} → ${want}`, () => assert.is(nearest(word, candidates), want))
s.run()
