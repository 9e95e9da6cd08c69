/** The plain manifests are those of the chart, and valid. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAllDocuments } from 'yaml'
import { MANIFESTS, OVERLAY, OVERLAY_VALUES, renderManifests } from '../../../scripts/render-manifests.ts'
import { requireAll } from '../../kit/skip.ts'
import type { ApiObject } from '../kit/kubernetes/api.ts'
import { renderChart } from '../kit/kubernetes/chart.ts'
import { lacksCluster } from '../kit/kubernetes/cluster.ts'
import { kubectl } from '../kit/kubernetes/kubectl.ts'
import { programPath } from '../kit/kubernetes/programs.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { withCluster } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksCluster(), kubectl.lacks())

const s = suite('the plain manifests')
s('are up to date with the chart', () => {
  for (const [path, want] of renderManifests(programPath('helm')))
    assert.is(readFileSync(path, 'utf8'), want, 'run scripts/render-manifests.ts')
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

/** Sorted by kind and name, with what Kustomize leaves out or Helm adds left out. */
function comparable(objects: readonly ApiObject[]): Record<string, object> {
  const named = objects.map(object => {
    const { labels, annotations, ...metadata } = object.metadata as { labels?: Texts; annotations?: Texts }
    const isHelms = ([key]: [string, unknown]) => /^helm\.sh\/|\/managed-by$/.test(key)
    const without = (texts: Texts = {}) =>
      Object.fromEntries(Object.entries(texts).filter(each => !isHelms(each)))
    const all = { ...metadata, labels: without(labels), annotations: without(annotations ?? {}) }
    return [`${object.kind} ${object.metadata.name}`, { ...object, metadata: all }] as const
  })
  return Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
type Texts = Record<string, string>

const tree = suite('the tree of Kustomize')
const kustomize = (folder: string): ApiObject[] =>
  parseAllDocuments(
    execFileSync(kubectl.path(), ['kustomize', folder], {
      encoding: 'utf8',
      stdio: 'pipe',
      maxBuffer: 2 ** 24,
    }),
  ).map(each => each.toJS() as ApiObject)
for (const [folder, values] of [
  ['deploy/kubernetes', []],
  [OVERLAY, OVERLAY_VALUES],
] as const)
  tree(`makes in ${folder.replace(/.*deploy/, 'deploy')} what the chart installs`, () => {
    const set = Object.fromEntries(values.map(value => [value.split('.')[0]!, { enabled: true }] as const))
    const want = renderChart(set, '1.25.0')
    const found = kustomize(folder)
    const [made, installed] = [comparable(found.filter(({ kind }) => kind !== 'Namespace')), comparable(want)]
    assert.equal(Object.keys(made), Object.keys(installed))
    for (const [name, object] of Object.entries(made)) assert.equal(object, installed[name], name)
  })
tree('makes what the API server takes, twice, and a sample that it takes too', () =>
  withCluster(async cluster => {
    const apply = (...args: string[]) =>
      execFileSync(
        kubectl.path(),
        ['--kubeconfig', cluster.kubeconfig(), 'apply', '--server-side', ...args],
        {
          stdio: 'pipe',
          encoding: 'utf8',
        },
      )
    assert.match(apply('-k', OVERLAY), /^deployment\.apps\/swoll-controller serverside-applied$/m)
    apply('-k', OVERLAY)
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    await waitFor('the resource', async () => {
      const { status } = await cluster.api.get<CustomResource>(`${crds}/traces.tools.swoll.criticalstack.com`)
      return status.conditions?.some(each => each.type === 'Established' && each.status === 'True')
    })
    assert.match(
      apply('-n', 'default', '-k', 'deploy/kustomize/samples'),
      /trace\..*\/web serverside-applied/,
    )
  }),
)
interface CustomResource {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}
tree.run()
