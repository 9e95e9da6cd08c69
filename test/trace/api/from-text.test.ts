import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SelectorError } from '../../../kubernetes/selectors/labels.ts'
import { toFieldSelector, toLabelSelector } from '../../../trace/api/from-text.ts'
import { toFieldText, toLabelText } from '../../../trace/api/selectors.ts'

const labels = suite('toLabelSelector')
for (const [text, selector] of [
  ['', undefined],
  ['app=web', { matchLabels: { app: 'web' } }],
  ['app==web,tier=', { matchLabels: { app: 'web', tier: '' } }],
  [
    'app=a,app=b',
    { matchLabels: { app: 'a' }, matchExpressions: [{ key: 'app', operator: 'In', values: ['b'] }] },
  ],
  [
    'tier in (front,edge),!canary,app,zone!=a',
    {
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['front', 'edge'] },
        { key: 'canary', operator: 'DoesNotExist' },
        { key: 'app', operator: 'Exists' },
        { key: 'zone', operator: 'NotIn', values: ['a'] },
      ],
    },
  ],
] as const)
  labels(`${text} becomes a selector that says the same`, () => {
    const made = toLabelSelector(text)
    assert.equal(made, selector)
    assert.equal(toLabelSelector(toLabelText(made)), made)
  })
labels('refuses comparisons, which resources do not have', () => {
  assert.throws(
    () => toLabelSelector('generation>2'),
    (error: unknown) => error instanceof SelectorError,
  )
})
labels('takes no label for a property of objects', () => {
  assert.equal(Object.keys(toLabelSelector('constructor=a')!.matchLabels!), ['constructor'])
})
labels.run()

const fields = suite('toFieldSelector')
for (const [text, selector] of [
  ['', undefined],
  ['status.phase=Running', { matchLabels: { 'status.phase': 'Running' } }],
  [
    'spec.nodeName!=a,metadata.name=b\\,c',
    {
      matchLabels: { 'metadata.name': 'b,c' },
      matchExpressions: [{ key: 'spec.nodeName', operator: 'NotIn', values: ['a'] }],
    },
  ],
] as const)
  fields(`${text} becomes a selector that says the same`, () => {
    const made = toFieldSelector(text)
    assert.equal(made, selector)
    assert.equal(toFieldSelector(toFieldText(made)), made)
  })
fields.run()
