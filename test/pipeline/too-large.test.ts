import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkAs } from '../../pipeline/problems.ts'
import { traceSpec } from '../../trace/api/spec.ts'

const list = (length: number, of: (i: number) => unknown) => Array.from({ length }, (_, i) => of(i))
const keys = (count: number) => Object.fromEntries(list(count, i => [`key${i}`, 'a']) as [string, string][])
const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)

/** Bodies of about a MiB: what the agent reads at most. */
const LARGE: readonly (readonly [name: string, spec: object, rule: RegExp])[] = [
  ['unknown keys', keys(60_000), /^: must have at most 256 keys, got 60000$/],
  ['labels', { labelSelector: { matchLabels: keys(60_000) } }, /^labelSelector.matchLabels: .*256 keys/],
  ['calls', { syscalls: list(100_000, i => `opxn${i}`) }, /^syscalls: must have at most 512 items/],
  ['errors', { errors: list(100_000, i => `EX${i}`) }, /^errors: must have at most 512 items/],
  ['a duration', { duration: '1'.repeat(1_000_000) }, /^duration: must have at most 4096 characters/],
  ['a key', { ['e'.repeat(1_000_000)]: 1 }, /^: must have at most 4096 characters in a key/],
  ['levels', { pods: nested(250_000) }, /must have at most 16 levels/],
]

const s = suite('large specifications')
for (const [name, spec, rule] of LARGE)
  s(`${name}: refused at once`, () => {
    const beganMs = performance.now()
    const checked = checkAs(traceSpec, spec)
    assert.ok(performance.now() - beganMs < 1000)
    assert.ok('problems' in checked)
    assert.is(checked.problems.length, 1)
    const [{ path, message }] = checked.problems
    assert.match(`${path}: ${message}`, rule)
  })
s('of many mistakes the first hundred are told', () => {
  const checked = checkAs(traceSpec, { ...keys(200), errors: list(200, i => `EX${i}`) })
  assert.is('problems' in checked && checked.problems.length, 100)
})
s('what is just not too large is taken', () => {
  const spec = { pods: list(512, i => `web-${i}`), labelSelector: { matchLabels: keys(64) } }
  assert.ok('value' in checkAs(traceSpec, spec))
})
s.run()
