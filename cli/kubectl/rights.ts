/** Rights that a command needs: asked for before anything is begun, and named with a Role that gives them. */
import { stringify } from 'yaml'
import type { ApiClient } from '../../kubernetes/client/api-client.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { GROUP } from '../../trace/api/documents.ts'
import { say, stderr } from '../stderr.ts'

interface Right {
  readonly group: string
  /** With its subresource: `pods/log`. */
  readonly resource: string
  readonly verb: string
}

/** To trace: on the agents, and to have a Trace resource. */
export const TRACE_RIGHTS: readonly Right[] = ['create', 'delete', 'get', 'watch'].map(verb => ({
  group: GROUP,
  resource: 'traces',
  verb,
}))
/** To read what a Trace's Job says. */
export const READING_RIGHTS: readonly Right[] = [
  { group: '', resource: 'pods', verb: 'list' },
  { group: '', resource: 'pods/log', verb: 'get' },
]

const REVIEWS = { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectaccessreviews' }

interface RightsQuestion {
  readonly client: ApiClient
  /** Undefined: in all. */
  readonly namespace: string | undefined
  readonly abort: AbortSignal
}

/** Those of `rights` that the user does not have. */
export async function findMissing(
  { client, namespace, abort }: RightsQuestion,
  rights: readonly Right[],
): Promise<Right[]> {
  const are = await Promise.all(
    rights.map(async ({ group, resource: whole, verb }) => {
      const [resource, subresource] = whole.split('/')
      const resourceAttributes = { namespace, group, resource, subresource, verb }
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      }
      type Review = { readonly status: { readonly allowed: boolean } }
      return (await client.send<Review>({ verb: 'create', object: REVIEWS, body, abort })).status.allowed
    }),
  )
  return rights.filter((_, i) => !are[i])
}

/** Says each of `missing`, with a Role as it can be applied, and throws RIGHTS_MISSING; does nothing if there are none. */
export function refuseMissing(missing: readonly Right[], namespace: string | undefined): void {
  if (missing.length === 0) return
  const place = namespace === undefined ? 'in all namespaces' : `in the namespace "${namespace}"`
  for (const { group, resource, verb } of missing)
    say(`you cannot ${verb} resource "${resource}" in API group "${group}" ${place}`)
  stderr().write(`---\n${toRole(missing, namespace)}---\n`)
  const kind = namespace === undefined ? 'ClusterRole' : 'Role'
  throw new SwollError(
    'RIGHTS_MISSING',
    `${namespace ?? 'cluster'}: must allow you this, and does not; ask who may to apply the ${kind} above, and a ${kind}Binding of it to you`,
  )
}

/** Manifest of a Role with these rights, or of a ClusterRole if no namespace is given. */
function toRole(rights: readonly Right[], namespace: string | undefined): string {
  const verbs = new Map<string, { group: string; resource: string; verbs: string[] }>()
  for (const { group, resource, verb } of rights) {
    const key = `${group}/${resource}`
    const rule = verbs.get(key) ?? { group, resource, verbs: [] }
    rule.verbs.push(verb)
    verbs.set(key, rule)
  }
  return stringify({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: namespace === undefined ? 'ClusterRole' : 'Role',
    metadata: { name: 'swoll-trace', ...(namespace !== undefined && { namespace }) },
    rules: [...verbs.values()].map(rule => ({
      apiGroups: [rule.group],
      resources: [rule.resource],
      verbs: rule.verbs,
    })),
  })
}
