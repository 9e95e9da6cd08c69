import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toPod } from '../../../kubernetes/pods/pod.ts'
import { decodeFieldSelector, hasFields } from '../../../kubernetes/selectors/fields.ts'

const decode = suite('decodeFieldSelector')
for (const [text, want] of [
  ['', []],
  ['status.phase=Running', [{ field: 'status.phase', isEqual: true, value: 'Running' }]],
  ['status.phase==Running', [{ field: 'status.phase', isEqual: true, value: 'Running' }]],
  ['status.phase!=Running', [{ field: 'status.phase', isEqual: false, value: 'Running' }]],
  ['spec.nodeName=', [{ field: 'spec.nodeName', isEqual: true, value: '' }]],
  ['metadata.name=a\\,b\\=c\\\\', [{ field: 'metadata.name', isEqual: true, value: 'a,b=c\\' }]],
  [
    'metadata.name=a, metadata.namespace!=b',
    [
      { field: 'metadata.name', isEqual: true, value: 'a' },
      { field: 'metadata.namespace', isEqual: false, value: 'b' },
    ],
  ],
] as const)
  decode(JSON.stringify(text), () => assert.equal(decodeFieldSelector(text), want))
for (const [text, message] of [
  ['a', 'must have requirements such as status.phase=Running (or ==, !=), got "a"'],
  [
    'metadata.name=a=b',
    'must have requirements such as status.phase=Running (or ==, !=), got "metadata.name=a=b"',
  ],
  [',status.phase=a', 'must not have an empty requirement or a lone "\\"'],
  ['status.phase=a\\', 'must not have an empty requirement or a lone "\\"'],
  [
    'spec.nodename=a',
    'must name a field that pods are selected by, got "spec.nodename"; did you mean "spec.nodeName"?',
  ],
  ['color=a', /^must name a field .* got "color"; known are metadata\.name, metadata\.namespace, /],
] as const)
  decode(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => decodeFieldSelector(text),
      (error: Error) =>
        typeof message === 'string' ? error.message === message : message.test(error.message),
    )
  })
decode.run()

const match = suite('hasFields')
const { fields } = toPod(
  {
    metadata: { uid: 'u', name: 'web-0', namespace: 'shop' },
    spec: { nodeName: 'n1', hostNetwork: true, restartPolicy: 'Always' },
    status: { phase: 'Running', podIP: '10.0.0.7' },
  },
  () => false,
)
for (const [selector, want] of [
  ['', true],
  ['metadata.name=web-0,metadata.namespace=shop', true],
  ['metadata.name=web-0,metadata.namespace=test', false],
  ['metadata.name!=web-1', true],
  ['spec.nodeName=n1', true],
  ['spec.hostNetwork=true', true],
  ['spec.restartPolicy=Never', false],
  ['spec.serviceAccountName=', true],
  ['status.phase=Running', true],
  ['status.podIP=10.0.0.7', true],
] as const)
  match(`${selector} ${want ? 'selects' : 'does not select'} the pod`, () => {
    assert.is(hasFields(fields, decodeFieldSelector(selector)), want)
  })
match.run()
