import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkAs } from '../../pipeline/problems.ts'
import { traceSpec } from '../../trace/api/spec.ts'

const s = suite('checkAs')
s('gives the value', () => {
  assert.equal(checkAs(traceSpec, { sampleRate: 4 }), { value: { sampleRate: 4 } })
})
s('tells all mistakes at once, each with its place', () => {
  const given = {
    sylcalls: ['open'],
    sampleRate: 'often',
    budget: { cals: 1, bytes: '10 apples' },
    duration: '1 year',
    labelSelector: { matchExpressions: [{ key: 'app', operator: 'Like', values: ['x'] }] },
  }
  const found = checkAs(traceSpec, given)
  assert.ok('problems' in found)
  assert.equal(
    found.problems.map(({ path }) => path).sort(),
    [
      'budget.bytes',
      'budget.cals',
      'duration',
      'labelSelector.matchExpressions.0.operator',
      'sampleRate',
      'sylcalls',
    ],
    JSON.stringify(found.problems),
  )
  const { message } = found.problems.find(({ path }) => path === 'sylcalls')!
  assert.is(message, 'is not known; did you mean "syscalls"?')
})
for (const [given, message] of [
  [undefined, 'must be set'],
  ['x', 'must be a map, got "x" (string)'],
  [null, 'must be a map, got null'],
] as const)
  s(`refuses ${JSON.stringify(given)} as a whole`, () => {
    assert.equal(checkAs(traceSpec, given), { problems: [{ path: '', message }] })
  })
s('suggests a call that is misspelt', () => {
  const found = checkAs(traceSpec, { syscalls: ['opemat'] })
  assert.ok('problems' in found)
  assert.match(found.problems[0].message, 'openat')
  assert.match(found.problems[0].path, /^syscalls/)
})
s.run()
