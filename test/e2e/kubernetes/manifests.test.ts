/** The plain manifests are those of the chart, and valid. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAllDocuments } from 'yaml'
import { MANIFESTS, renderManifests } from '../../../scripts/render-manifests.ts'
import { requireAll } from '../../kit/skip.ts'
import type { ApiObject } from '../kit/kubernetes/api.ts'
import { lacksCluster } from '../kit/kubernetes/cluster.ts'
import { programPath } from '../kit/kubernetes/programs.ts'
import { withCluster } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksCluster())

const s = suite('the plain manifests')
s('are up to date with the chart', () => {
  const want = renderManifests(programPath('helm'))
  assert.is(readFileSync(MANIFESTS, 'utf8'), want, 'run scripts/render-manifests.ts')
})
s('make what they describe, in a namespace of their own, and can be applied again', () =>
  withCluster(async ({ api }) => {
    const objects = parseAllDocuments(readFileSync(MANIFESTS, 'utf8')).map(each => each.toJS() as ApiObject)
    assert.equal(
      objects.map(({ kind }) => kind),
      [
        'Namespace',
        'ServiceAccount',
        'ConfigMap',
        'ClusterRole',
        'ClusterRoleBinding',
        'Service',
        'DaemonSet',
      ],
    )
    for (const object of [...objects, ...objects]) await api.apply(object)
    for (const { kind, metadata } of objects.slice(1))
      if (!kind.startsWith('Cluster')) assert.is(metadata.namespace, 'swoll', kind)
  }),
)
s.run()
