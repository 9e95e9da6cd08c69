/** The Job whose log has the calls of a Trace, and what its pod may do: read this one Trace, and watch its calls. */
import type { ApiObject } from '../kubernetes/client/api-error.ts'
import { GROUP } from '../trace/api/documents.ts'
import { JOBS, MANAGED_BY } from './kinds.ts'
import { ownerOf, shortUid, type Trace } from './resource.ts'

export interface ReaderSettings {
  readonly image: string
  readonly imagePullPolicy: string
  /** PEM of the authority that signed the agents' certificates. */
  readonly ca?: string | undefined
  /** Undefined: that of the agent's Service, as the client has it. */
  readonly serverName?: string | undefined
}

const RBAC = 'rbac.authorization.k8s.io'
const SERVICE_ACCOUNTS: ApiObject = { group: '', version: 'v1', resource: 'serviceaccounts' }
const ROLES: ApiObject = { group: RBAC, version: 'v1', resource: 'roles' }
const ROLE_BINDINGS: ApiObject = { group: RBAC, version: 'v1', resource: 'rolebindings' }
/** Characters of the Trace's name: a Job's is at most 63, with `sw-` in front and the uid behind. */
const NAME_LENGTH = 51
/** Nobody in the image, and in no other. */
const USER = 65_532

/** The same for each try, so that two tries make one Job. */
export function readerNameOf(trace: Trace): string {
  const name = trace.metadata.name.slice(0, NAME_LENGTH).replace(/[.-]+$/, '')
  return `sw-${name}-${shortUid(trace)}`
}

export interface Making {
  readonly kind: ApiObject
  readonly body: object
}

/** In the order of their making: the pod has its rights when it starts. */
export function readerObjects(trace: Trace, settings: ReaderSettings): Making[] {
  const { namespace, name: traceName } = trace.metadata
  const name = readerNameOf(trace)
  const labels = { ...MANAGED_BY, 'sw-job': traceName }
  const metadata = { name, namespace, labels, ownerReferences: [ownerOf(trace)] }
  const at = (kind: ApiObject) => ({ ...kind, namespace })
  const rules = [
    {
      apiGroups: [GROUP],
      resources: ['traces'],
      resourceNames: [traceName],
      verbs: ['get', 'list', 'watch'],
    },
  ]
  return [
    {
      kind: at(SERVICE_ACCOUNTS),
      body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    },
    { kind: at(ROLES), body: { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules } },
    {
      kind: at(ROLE_BINDINGS),
      body: {
        apiVersion: `${RBAC}/v1`,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: RBAC, kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    },
    {
      kind: at(JOBS),
      body: { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: jobSpec(trace, name, settings) },
    },
  ]
}

function jobSpec(trace: Trace, name: string, settings: ReaderSettings): object {
  const labels = { ...MANAGED_BY, 'sw-job': trace.metadata.name, swoll: 'false' }
  return {
    backoffLimit: 6,
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: name,
        automountServiceAccountToken: true,
        enableServiceLinks: false,
        restartPolicy: 'Never',
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        terminationGracePeriodSeconds: 10,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: USER,
          runAsGroup: USER,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [container(trace, settings)],
      },
    },
  }
}

function container({ metadata }: Trace, { image, imagePullPolicy, ca, serverName }: ReaderSettings): object {
  const env = Object.entries({ SWOLL_CA: ca, SWOLL_SERVER_NAME: serverName })
  return {
    name: 'reader',
    image,
    imagePullPolicy,
    args: [
      'client',
      'watch',
      '--trace',
      metadata.name,
      '--namespace',
      metadata.namespace,
      '--output',
      'json',
    ],
    env: env.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
    resources: { requests: { cpu: '10m', memory: '96Mi' }, limits: { memory: '256Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  }
}

/** The parts of a Job that tell how it fares. */
export interface ReaderJob {
  readonly metadata: Trace['metadata']
  readonly status?: {
    readonly ready?: number
    readonly succeeded?: number
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason?: string
      readonly message?: string
    }[]
  }
}

/** For the image to be pulled. */
const SLOW_MS = 120_000

/** The reason why the Job shows nothing; undefined: it does, or has only just begun. `nowMs`: since 1970. */
export function findFailure({ metadata, status = {} }: ReaderJob, nowMs: number): string | undefined {
  const failed = status.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True')
  const name = `the Job ${metadata.name}`
  if (failed) return `${name} failed (${failed.reason ?? 'Failed'}): ${failed.message ?? 'look at its pods'}`
  const isRead = (status.ready ?? 0) + (status.succeeded ?? 0) > 0
  const isSlow = nowMs - Date.parse(metadata.creationTimestamp ?? '') > SLOW_MS
  if (isRead || !isSlow) return undefined
  const selector = `-n ${metadata.namespace} -l sw-job=${metadata.labels?.['sw-job']}`
  return `${name} has no pod that is ready; kubectl describe job,pods ${selector} says why`
}
