import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let root: string | undefined

/** A new folder that goes when the process does. */
export function temporaryFolder(): string {
  if (root === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'swoll-kube-'))
    process.once('exit', () => rmSync(made, { recursive: true, force: true }))
    root = made
  }
  return mkdtempSync(join(root, 'f-'))
}

interface KubeconfigParts {
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
