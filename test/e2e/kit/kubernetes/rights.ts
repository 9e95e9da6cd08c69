/** Service accounts, and what RBAC lets them do. */
import type { Api, ApiObject } from './api.ts'
import { renderChart } from './chart.ts'
import type { Cluster } from './cluster.ts'
import { waitFor } from './wait.ts'

/** One of a ClusterRole. */
export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** A verb on a resource, the least that can be allowed. */
export interface Right {
  readonly group: string
  /** The resource, with its subresource: `nodes/proxy`. */
  readonly resource: string
  readonly verb: string
}

const RBAC = 'rbac.authorization.k8s.io'

/** Returns the rights that the chart grants for this configuration of `k8s_attributes`; null: no such processor. */
export function chartRights(processor: object | null, trace: object = {}): Right[] {
  return rightsWith({
    config: { processors: { k8s_attributes: processor }, receivers: { ebpf: { trace } } },
  })
}

/** Returns the rights that the chart grants the agents for these values. */
export function rightsWith(values: object): Right[] {
  const role = renderChart(values).find(
    ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'swoll:swoll',
  )
  return toRights((role?.rules as readonly Rule[] | undefined) ?? [])
}

function toRights(rules: readonly Rule[]): Right[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    verbs.flatMap(verb => apiGroups.flatMap(group => resources.map(resource => ({ group, resource, verb })))),
  )
}

/** Makes a service account of the namespace `default` that may do what `allow` says, and gives its token. */
export async function createAccount(cluster: Cluster, name: string): Promise<string> {
  const account = { kind: 'ServiceAccount', name, namespace: 'default' }
  await cluster.api.create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'default' },
  })
  await cluster.api.create({
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
    subjects: [account],
  })
  return cluster.token('default', name)
}

/** From then on the account may do this and, of what is named in `not`, nothing. */
export async function allow(
  api: Api,
  account: string,
  rights: readonly Right[],
  not: readonly Right[] = [],
): Promise<void> {
  const rules = rights.map(({ group, resource, verb }) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
  }))
  const role: ApiObject = {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: account },
    rules,
  }
  await api.apply(role)
  await waitFor(`the rights of ${account}`, async () => {
    const are = await Promise.all([...rights, ...not].map(right => isAllowed(api, account, right)))
    return are.every((is, i) => is === i < rights.length)
  })
}

async function isAllowed(api: Api, account: string, { group, resource, verb }: Right): Promise<boolean> {
  const [name, subresource] = resource.split('/')
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:default:${account}`,
      resourceAttributes: { group, resource: name, subresource, verb },
    },
  }
  type Review = { readonly status: { readonly allowed: boolean } }
  return (await api.post<Review>('/apis/authorization.k8s.io/v1/subjectaccessreviews', review)).status.allowed
}
