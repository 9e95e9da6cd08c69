/** Helm, as users run it, against a cluster of the tests. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Cluster } from './cluster.ts'
import { programPath } from './programs.ts'

/** Returns the output of `helm ARGS`; rejects with its error text. Helm's own files are in the cluster's folder. */
export async function runHelm(cluster: Cluster, args: readonly string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig() }
  for (const kind of ['CACHE', 'CONFIG', 'DATA'])
    Object.assign(env, { [`HELM_${kind}_HOME`]: join(cluster.folder, 'helm', kind) })
  const { stdout } = await promisify(execFile)(programPath('helm'), args, { env })
  return stdout
}
