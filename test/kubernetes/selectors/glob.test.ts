import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { matchesGlob } from '../../../kubernetes/selectors/names.ts'
import { seeded } from '../../kit/random.ts'

const s = suite('matchesGlob')
for (const [pattern, text, want] of [
  ['', '', true],
  ['', 'a', false],
  ['a', '', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['?', '', false],
  ['?', 'a', true],
  ['?', 'ab', false],
  ['a*', 'abc', true],
  ['a*', 'bc', false],
  ['*c', 'abcbc', true],
  ['a*b?d*', 'axxbcde', true],
  ['a*b?d*', 'axxbce', false],
  ['user@*.service', 'user@1000.service', true],
  ['user@*.service', 'user@1000.servicex', false],
  ['a.c', 'abc', false],
  ['**', 'x', true],
] as const)
  s(`${pattern || '(nothing)'} ${want ? 'fits' : 'does not fit'} ${text || '(nothing)'}`, () =>
    assert.is(matchesGlob(text, pattern), want),
  )

s('agrees with a regular expression on random words', () => {
  const random = seeded(7)
  const word = (letters: string, most: number) =>
    Array.from(
      { length: Math.floor(random() * (most + 1)) },
      () => letters[Math.floor(random() * letters.length)],
    ).join('')
  for (let i = 0; i < 20_000; i++) {
    const text = word('ab', 8)
    const pattern = word('ab*?', 6)
    const regex = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
    assert.is(matchesGlob(text, pattern), regex.test(text), `${pattern} on ${text}`)
  }
})

s('takes no time for many stars', () => {
  assert.not(matchesGlob('a'.repeat(10_000), `${'*a'.repeat(100)}*b`))
})
s.run()
