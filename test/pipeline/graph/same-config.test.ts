import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isSameConfig } from '../../../pipeline/graph/same-config.ts'
import { Secret } from '../../../pipeline/secret.ts'

const s = suite('isSameConfig')
for (const [name, a, b, want] of [
  [
    'equal maps and lists, whatever their order of keys',
    { a: [1, { b: 2n }], c: 'x' },
    { c: 'x', a: [1, { b: 2n }] },
    true,
  ],
  ['another value', { a: 1 }, { a: 2 }, false],
  ['another type', { a: 1 }, { a: '1' }, false],
  ['another order of a list', [1, 2], [2, 1], false],
  ['a key more', { a: 1 }, { a: 1, b: 1 }, false],
  ['the same secret', { a: [new Secret('x')] }, { a: [new Secret('x')] }, true],
  ['another secret, deep inside', { a: [{ b: new Secret('x') }] }, { a: [{ b: new Secret('y') }] }, false],
  ['a secret and its text', { a: new Secret('x') }, { a: 'x' }, false],
  ['expressions', /a/i, /a/, false],
] as const)
  s(name, () => assert.is(isSameConfig(a, b), want))
s.run()
