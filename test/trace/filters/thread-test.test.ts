import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createThreadTest } from '../../../trace/filters/thread-test.ts'
import type { TargetSelection } from '../../../trace/requests/request.ts'
import { containerSelection as containers } from '../../kit/selection.ts'
import { CONTAINER, CONTAINER_ID, thread, UNIT } from '../../kit/trace-batch.ts'

const NAMES = {
  'k8s.namespace.name': 'shop',
  'k8s.pod.name': 'web-0',
  'k8s.container.name': 'nginx',
  'k8s.pod.label.app': 'web',
}
const nginx = thread({
  resource: { ...CONTAINER, attributes: { ...CONTAINER.attributes, ...NAMES } },
})
const nameless = thread({ resource: CONTAINER })
const sshd = thread({ resource: UNIT })
const nobody = thread({ resource: undefined })

const s = suite('createThreadTest')
const rows: readonly (readonly [string, TargetSelection, typeof nginx, boolean])[] = [
  ['a namespace', containers({ namespaces: ['shop'] }), nginx, true],
  ['another namespace', containers({ namespaces: ['a'] }), nginx, false],
  ['a pod', containers({ pods: ['web-0'] }), nginx, true],
  ['a label', containers({ labels: 'app in (web)' }), nginx, true],
  ['another label', containers({ labels: '!app' }), nginx, false],
  ['a field', containers({ fields: 'metadata.name=web-0' }), nginx, true],
  ['a container', containers({ containers: ['nginx'] }), nginx, true],
  ['another container', containers({ containers: ['db'] }), nginx, false],
  ['an id', containers({ containers: [CONTAINER_ID.slice(0, 8)] }), nameless, true],
  ['a namespace, of whom none was known', containers({ namespaces: ['shop'] }), nameless, false],
  ['containers, not the host', containers({ namespaces: ['shop'] }), sshd, false],
  ['a unit', { kind: 'units', units: ['ssh'] }, sshd, true],
  ['another unit', { kind: 'units', units: ['cron'] }, sshd, false],
  ['the host', { kind: 'host' }, sshd, true],
  ['the host, not a container', { kind: 'host' }, nginx, false],
  ['what nobody knows', { kind: 'host' }, nobody, false],
]
for (const [name, selection, who, want] of rows)
  s(`${name}: ${want}`, () => assert.is(createThreadTest(selection)(who), want))

s('follows a process to its children, and a thread alone', () => {
  const test = createThreadTest({ kind: 'processes', pids: [100, 207] })
  const child = { tid: 110, tgid: 110, parentTgid: 100, parentStartNs: 5n, processStartNs: 7n }
  const grandchild = { tid: 120, tgid: 120, parentTgid: 110, parentStartNs: 7n, processStartNs: 8n }
  assert.not(test(thread({ ...child, tgid: 111, parentTgid: 99 })))
  assert.ok(test(thread({ tid: 100, tgid: 100, processStartNs: 5n })))
  assert.ok(test(thread({ tid: 101, tgid: 100, processStartNs: 5n })))
  assert.ok(test(thread(child)))
  assert.ok(test(thread(grandchild)))
  assert.not(
    test(thread({ ...grandchild, tid: 130, tgid: 130, parentStartNs: 6n })),
    'of another with its id',
  )
  assert.ok(test(thread({ tid: 207, tgid: 200, processStartNs: 9n })))
  assert.not(test(thread({ tid: 208, tgid: 200, processStartNs: 9n })))
})
s('refuses a field that no recording has', () => {
  assert.throws(
    () => createThreadTest(containers({ fields: 'status.phase=Running' })),
    '--field-selector: must name what a recording knows (metadata.name, metadata.namespace), got "status.phase"',
  )
})
s.run()
