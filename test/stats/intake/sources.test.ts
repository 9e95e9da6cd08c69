import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toSourceNames } from '../../../stats/intake/sources.ts'

const WEB = { 'k8s.deployment.name': 'web', 'container.image.name': 'r.io/web', 'container.image.tag': '1.2' }

const revision = suite('the revision of a source')
for (const [what, attributes, want] of [
  [
    'what the pod says',
    { ...WEB, 'k8s.pod.revision': '5f9', 'k8s.pod.labels.pod-template-hash': 'x' },
    '5f9',
  ],
  ['the hash, by the name that labels have', { ...WEB, 'k8s.pod.labels.pod-template-hash': '5f9' }, '5f9'],
  ['the hash of a StatefulSet', { 'k8s.pod.label.controller-revision-hash': 'db-7c' }, 'db-7c'],
  ['the end of the name of its ReplicaSet', { ...WEB, 'k8s.replicaset.name': 'web-5f9' }, '5f9'],
  ['not the end of that of another', { ...WEB, 'k8s.replicaset.name': 'api-5f9' }, 'r.io/web:1.2'],
  ['else its image', WEB, 'r.io/web:1.2'],
  ['else the id of its image', { 'container.image.id': 'sha256:ab' }, 'sha256:ab'],
  ['else unknown', { 'k8s.deployment.name': 'web' }, undefined],
] as const)
  revision(`is ${what}`, () => assert.is(toSourceNames(attributes).revision, want))
revision.run()
