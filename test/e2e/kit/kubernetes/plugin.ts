/** The kubectl plugin as a shell finds it, and what its users may do. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { CliResult } from '../../../kit/cli.ts'
import type { Api } from './api.ts'
import type { Cluster } from './cluster.ts'
import { kubectl } from './kubectl.ts'
import type { Rule } from './rights.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const RBAC = 'rbac.authorization.k8s.io'
/** An agent that does not answer is tried by each way: half a minute. */
const PATIENCE_MS = 90_000

/** PATH with kubectl and the plugin. */
export function pluginPath({ folder }: Cluster): string {
  const programs = join(folder, 'bin')
  mkdirSync(programs, { recursive: true })
  copyFileSync(kubectl.path(), join(programs, 'kubectl'))
  return `${programs}:${join(ROOT, 'bin')}:${process.env.PATH}`
}

/** The command that `kubectl swoll` is for the user with this token: a name for `$0` and its arguments go behind. */
export function pluginCommand(cluster: Cluster, token: string): string[] {
  const kubeconfig = cluster.kubeconfigWith({ token })
  const env = [`PATH=${pluginPath(cluster)}`, `KUBECONFIG=${kubeconfig}`, 'USER=Alice']
  return ['env', ...env, 'sh', '-c', 'exec kubectl swoll "$@"']
}

/** Runs any command line to its end, with time enough for agents that do not answer. */
export async function runToEnd([command, ...args]: readonly string[]): Promise<CliResult> {
  const options = {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 26,
  } as const
  try {
    return { status: 0, ...(await promisify(execFile)(command!, args, options)) }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string }
    if (typeof code !== 'number') throw error
    return { status: code, stdout, stderr }
  }
}

interface Granted {
  readonly name: string
  readonly namespace: string
  /** Of the namespace `default`. */
  readonly account: string
}

/** Makes a Role and gives it to the account. */
export async function grant(
  api: Api,
  { name, namespace, account }: Granted,
  rules: readonly Rule[],
): Promise<void> {
  const metadata = { name, namespace }
  await api.apply({ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules })
  await api.apply({
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: RBAC, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'default' }],
  })
}

/** What lets an account look for agents in the namespace, and reach them by any way. */
export function letFindAgents(api: Api, namespace: string, account: string): Promise<void> {
  return grant(api, { name: 'find-agents', namespace, account }, [
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
    { apiGroups: [''], resources: ['pods/proxy'], verbs: ['get', 'create', 'update', 'delete'] },
    { apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create'] },
  ])
}
