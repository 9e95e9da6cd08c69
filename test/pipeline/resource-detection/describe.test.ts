import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toResource, UNRESOLVED } from '../../../kernel/cgroups/resource.ts'
import type { Attributes } from '../../../pipeline/data/attributes.ts'
import { createDescribe } from '../../../pipeline/resource-detection/describe.ts'

const ORIGIN = { 'host.name': 'node-a', 'service.instance.id': 'node-a' }
const ID = 'c'.repeat(64)
const describe = createDescribe(ORIGIN)

/** `service.*` of what has these attributes: namespace, name, instance. */
function serviceOf(attributes: Attributes, id = 'x'): unknown[] {
  const made = describe({ id, attributes }).attributes
  return ['service.namespace', 'service.name', 'service.instance.id'].map(key => made[key])
}

const s = suite('createDescribe')
for (const [what, attributes, want] of [
  ['a unit of a host', { 'systemd.unit': 'ssh.service' }, [undefined, 'ssh.service', 'node-a']],
  ['another cgroup of a host', { 'process.linux.cgroup': '/x' }, [undefined, '/x', 'node-a']],
  ['a container', { 'container.id': ID, 'k8s.pod.uid': 'u' }, [undefined, 'unknown_service', `node-a/${ID}`]],
  ['a pod as a whole', { 'k8s.pod.uid': 'u' }, [undefined, 'unknown_service', 'node-a/u']],
  [
    'a container of a runtime, whose names are its own',
    { 'container.id': 'web', 'container.runtime.name': 'lxc' },
    [undefined, 'unknown_service', 'node-a/lxc/web'],
  ],
  [
    'a container whose pod a recording names',
    {
      'container.id': ID,
      'k8s.namespace.name': 'shop',
      'k8s.pod.name': 'web-0',
      'k8s.container.name': 'app',
    },
    ['shop', 'web-0', 'shop.web-0.app'],
  ],
] as const)
  s(`knows the service of ${what}`, () => assert.equal(serviceOf(attributes), want))
s('makes a service of its own of what nobody could be found for', () => {
  assert.equal(serviceOf(UNRESOLVED.attributes, UNRESOLVED.id), ['swoll', 'unresolved', 'node-a'])
})
s('says where it was seen, and keeps what tells the resource apart', () => {
  const unit = toResource({ kind: 'unit', unit: 'ssh.service' })
  assert.equal(describe(unit), {
    id: unit.id,
    attributes: { ...ORIGIN, 'service.name': 'ssh.service', 'systemd.unit': 'ssh.service' },
    origin: ORIGIN,
  })
})
s('gives the same object for the same resource', () => {
  const unit = toResource({ kind: 'unit', unit: 'ssh.service' })
  assert.is(describe(unit), describe(unit))
})
s('leaves resources as they are without an origin', () => {
  assert.is(createDescribe(undefined)(UNRESOLVED), UNRESOLVED)
})
s.run()
