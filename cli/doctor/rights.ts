/** What the components of a configuration ask the API server for: as the chart's ClusterRole has it (templates/_rules.tpl). */
export interface Right {
  readonly group: string
  readonly resource: string
  readonly verb: string
}

/** The keys of k8s_attributes that decide which objects besides pods are read. */
export interface Extract {
  readonly metadata?: readonly string[]
  readonly labels?: readonly { readonly from: string }[]
  readonly annotations?: readonly { readonly from: string }[]
  readonly deployment_name_from_replicaset?: boolean
}

const GROUPS: Readonly<Record<string, string>> = {
  namespaces: '',
  nodes: '',
  replicasets: 'apps',
  deployments: 'apps',
  statefulsets: 'apps',
  daemonsets: 'apps',
  jobs: 'batch',
}

export const REVIEW_RIGHTS: readonly Right[] = [
  { group: 'authentication.k8s.io', resource: 'tokenreviews', verb: 'create' },
  { group: 'authorization.k8s.io', resource: 'subjectaccessreviews', verb: 'create' },
]

export const getRight = (resource: string): Right => ({
  group: GROUPS[resource] ?? '',
  resource,
  verb: 'get',
})

/** Rights to read the pods of a source. */
export function podRights(source: 'watch' | 'kubelet' | 'cri'): readonly Right[] {
  if (source === 'watch') return ['list', 'watch'].map(verb => ({ group: '', resource: 'pods', verb }))
  return source === 'kubelet' ? [getRight('nodes/proxy')] : []
}

/** Rights to read what attributes are taken from besides pods. */
export function extractRights(extract: Extract, level = 'container'): readonly Right[] {
  const extra = level === 'workload' ? ['k8s.deployment.name', 'k8s.cronjob.name'] : []
  const metadata = new Set([...(extract.metadata ?? []), ...extra])
  const from = new Set([...(extract.labels ?? []), ...(extract.annotations ?? [])].map(rule => rule.from))
  const resources = new Set([...from].filter(each => each !== 'pod').map(each => `${each}s`))
  const has = (...names: string[]) => names.some(name => metadata.has(name))
  if (has('k8s.cluster.uid')) resources.add('namespaces')
  if (has('k8s.node.uid')) resources.add('nodes')
  const isWholeName = extract.deployment_name_from_replicaset === false
  const isDeploymentWanted = has('k8s.deployment.name') || from.has('deployment')
  if (has('k8s.deployment.uid') || (isWholeName && isDeploymentWanted)) resources.add('replicasets')
  if (has('k8s.cronjob.name', 'k8s.cronjob.uid', 'service.name')) resources.add('jobs')
  return [...resources].map(getRight)
}
