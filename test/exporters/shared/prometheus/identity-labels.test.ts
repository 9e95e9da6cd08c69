import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toIdentityLabels } from '../../../../exporters/shared/prometheus/identity-labels.ts'
import type { Promotion } from '../../../../exporters/shared/prometheus/label-options.ts'
import type { Attributes } from '../../../../pipeline/data/attributes.ts'
import { labelOptions } from '../../prometheus/kit.ts'

function promoted(attributes: Attributes, promotion: Promotion, naming: 'swoll' | 'otel' = 'otel') {
  const options = labelOptions(naming, { promoted: promotion, constLabels: { zone: 'eu' } })
  return toIdentityLabels(attributes, options).map(([name, value]) => `${name}=${value}`)
}
const ALL: Promotion = { included: ['*'], excluded: [] }

const s = suite('toIdentityLabels')
s('shows every attribute under its own name, beside what shows it already', () => {
  const attributes = { 'service.name': 'api', 'k8s.pod.name': 'p', 'host.name': 'h' }
  assert.equal(promoted(attributes, ALL), [
    'zone=eu',
    'job=api',
    'k8s_pod_name=p',
    'host_name=h',
    'service_name=api',
  ])
  assert.equal(promoted(attributes, ALL, 'swoll'), [
    'zone=eu',
    'pod=p',
    'host_name=h',
    'k8s_pod_name=p',
    'service_name=api',
  ])
})
s('joins attributes of one name in the order of their keys', () => {
  assert.equal(promoted({ a_b: '2', 'a.b': '1', 'a-b': '' }, ALL).slice(1), ['a_b=1;2'])
})
s('leaves names that are taken, and those of scope and bucket', () => {
  const attributes = { zone: 'us', le: '1', 'otel.scope.name': 'x', job: 'mine' }
  assert.equal(promoted(attributes, ALL), ['zone=eu', 'job=mine'])
  assert.equal(promoted({ ...attributes, 'service.name': 'api' }, ALL), [
    'zone=eu',
    'job=api',
    'service_name=api',
  ])
})
for (const [included, excluded, shown] of [
  [['*'], ['host.*'], ['a_b', 'os_type']],
  [['host.*'], [], ['host_id', 'host_name']],
  [['host.*'], ['host.id'], ['host_name']],
  [['*.?d'], [], ['host_id']],
  [['h*t*e'], [], ['host_name']],
  [['os.type', 'a?b'], [], ['a_b', 'os_type']],
  [['host'], [], []],
  [['host.id?'], [], []],
  [[], [], []],
] as const)
  s(`shows ${shown} for ${included} without ${excluded}`, () => {
    const attributes = { 'host.name': 'h', 'host.id': 'i', 'os.type': 'linux', 'a.b': 'x' }
    const labels = promoted(attributes, { included, excluded })
    assert.equal(
      labels.slice(1).map(label => label.split('=')[0]),
      shown,
    )
  })
s('is not held up by a pattern of many stars', () => {
  const pattern = `${'*a'.repeat(500)}b`
  assert.equal(promoted({ ['a'.repeat(5000)]: 'x' }, { included: [pattern], excluded: [] }), ['zone=eu'])
})
s.run()
