import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toResource } from '../../../kernel/cgroups/resource.ts'
import type { CgroupIdentity } from '../../../kubernetes/cgroup-path.ts'
import type { Resource } from '../../../pipeline/data/metrics.ts'

const s = suite('toResource')
const rows: [CgroupIdentity, Resource][] = [
  [
    { kind: 'container', containerId: 'c1', podUid: 'p1', runtime: 'cri-o' },
    {
      id: 'container:cri-o:c1',
      attributes: { 'container.id': 'c1', 'k8s.pod.uid': 'p1', 'container.runtime.name': 'cri-o' },
    },
  ],
  [
    { kind: 'container', containerId: 'c1' },
    { id: 'container::c1', attributes: { 'container.id': 'c1' } },
  ],
  [
    { kind: 'pod', podUid: 'p1' },
    { id: 'pod:p1', attributes: { 'k8s.pod.uid': 'p1' } },
  ],
  [
    { kind: 'unit', unit: 'ssh.service' },
    { id: 'unit:ssh.service', attributes: { 'systemd.unit': 'ssh.service' } },
  ],
  [
    { kind: 'other', path: '/x' },
    { id: 'cgroup:/x', attributes: { 'process.linux.cgroup': '/x' } },
  ],
]
for (const [identity, want] of rows) s(`${want.id}`, () => assert.equal(toResource(identity), want))
s('tells apart containers of one name in two runtimes', () => {
  const of = (runtime: 'lxc' | 'systemd-nspawn') =>
    toResource({ kind: 'container', containerId: 'web', runtime }).id
  assert.is.not(of('lxc'), of('systemd-nspawn'))
})
s.run()
