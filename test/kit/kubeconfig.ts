import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that goes when the process does. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-kube-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface KubeconfigParts {
  readonly server: string
  readonly cluster?: object
  readonly user?: object
}

/** The path of a kubeconfig file with one context, `test`. YAML is a superset of JSON. */
export function writeKubeconfig({ server, cluster = {}, user = {} }: KubeconfigParts): string {
  const path = join(temporaryFolder(), 'config')
  writeFileSync(
    path,
    JSON.stringify({
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'here', user: 'me' } }],
      clusters: [{ name: 'here', cluster: { server, ...cluster } }],
      users: [{ name: 'me', user }],
    }),
  )
  return path
}
