import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createConsent, isDenied } from '../../../trace/requests/consent.ts'

type Metadata = { annotations?: Record<string, string>; labels?: Record<string, string> } | null | undefined

const says = (word: string): Metadata => ({ annotations: { 'swoll.criticalstack.com/trace': word } })
const cacheOf = (read: () => Metadata) => {
  const get = () => read() && { name: 'shop', uid: 'u', ...read() }
  return {
    get: () => (read() === null ? null : get()),
    fetched: async () => (read() === null ? null : get()),
  } as never
}
const pod = (labels: Record<string, string> = {}, annotations: Record<string, string> = {}) => ({
  namespace: 'shop',
  labels,
  annotations,
})

const consent = suite('createConsent')
for (const [name, namespace, own, ifNotRequired, ifRequired] of [
  ['nobody says anything', {}, pod(), 'yes', 'no'],
  ['the namespace allows', says('allow'), pod(), 'yes', 'yes'],
  [
    'the namespace allows by a label',
    { labels: { 'swoll.criticalstack.com/trace': 'allow' } },
    pod(),
    'yes',
    'yes',
  ],
  ['the namespace denies', says('deny'), pod(), 'no', 'no'],
  ['the namespace says something else', says('Allow'), pod(), 'yes', 'no'],
  ['the pod agrees', {}, pod({ swoll: 'true' }), 'yes', 'yes'],
  ['the pod agrees by an annotation', {}, pod({}, { swoll: 'true' }), 'yes', 'yes'],
  ['the pod agrees, the namespace denies', says('deny'), pod({ swoll: 'true' }), 'no', 'no'],
  ['the pod opts out', {}, pod({ swoll: 'false' }), 'no', 'no'],
  ['the pod opts out, the namespace allows', says('allow'), pod({ swoll: 'false' }), 'no', 'no'],
  ['the pod says both', says('allow'), pod({ swoll: 'true' }, { swoll: 'false' }), 'no', 'no'],
  ['the namespace may not be read, or is gone', null, pod(), 'yes', 'no'],
  ['the namespace has not been read yet', undefined, pod(), 'unknown', 'unknown'],
  ['the namespace has not been read yet, the pod opts out', undefined, pod({ swoll: 'false' }), 'no', 'no'],
] as const)
  consent(`${name}: ${ifNotRequired}; if it is required, ${ifRequired}`, () => {
    const objects = cacheOf(() => namespace)
    assert.is(createConsent({ objects, isRequired: false }).of(own), ifNotRequired)
    assert.is(createConsent({ objects, isRequired: true }).of(own), ifRequired)
  })

consent('without access to namespaces only pods have a say, and nothing changes', () => {
  const is = (isRequired: boolean, labels = {}) => {
    const given = createConsent({ objects: undefined, isRequired })
    const answer = given.of(pod(labels))
    assert.is(given.hasChanged(), false)
    return answer
  }
  assert.equal([is(false), is(true), is(true, { swoll: 'true' })], ['yes', 'no', 'yes'])
})

consent('a namespace that changes its mind is noticed once, by each who asked', () => {
  let now: Metadata = {}
  const objects = cacheOf(() => now)
  const [a, b] = [
    createConsent({ objects, isRequired: false }),
    createConsent({ objects, isRequired: false }),
  ]
  for (const each of [a, b]) {
    assert.is(each.of(pod()), 'yes')
    assert.is(each.hasChanged(), false)
  }
  now = says('deny')
  for (const each of [a, b]) {
    assert.is(each.hasChanged(), true)
    assert.is(each.of(pod()), 'no')
    assert.is(each.hasChanged(), false)
  }
})
consent.run()

const denied = suite('isDenied')
for (const [name, namespace, is] of [
  ['denies', says('deny'), true],
  ['allows', says('allow'), false],
  ['says nothing', {}, false],
  ['is not there', null, false],
  ['cannot be read now', undefined, false],
] as const)
  denied(`a namespace that ${name}: ${is}`, async () => {
    assert.is(
      await isDenied(
        'shop',
        cacheOf(() => namespace),
      ),
      is,
    )
  })
denied.run()
