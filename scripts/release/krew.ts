/** Makes the manifest of the kubectl plugin of the archives that are released. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { sha256 } from './provenance.ts'
import { readPackage } from './system-tree.ts'
import type { Target } from './target.ts'

interface Archive {
  readonly target: Target
  readonly path: string
}

interface Manifest {
  readonly spec: {
    readonly platforms: readonly { readonly selector: { readonly matchLabels: { readonly arch: string } } }[]
  }
}

/** Writes into `folder`; gives the path. Platforms without an archive are left out. */
export function writeKrew(folder: string, archives: readonly Archive[], env: NodeJS.ProcessEnv): string {
  const { version } = readPackage()
  const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_REPOSITORY: repository = 'OWNER/swoll' } =
    env
  const values: Record<string, string> = { VERSION: version, REPOSITORY: `${server}/${repository}` }
  for (const { target, path } of archives)
    values[`SHA256_${target.architecture.toUpperCase()}`] = sha256(path)
  const path = join(folder, `swoll-${version}-krew.yaml`)
  writeFileSync(
    path,
    fillIn(
      readFileSync('deploy/krew/swoll.yaml', 'utf8'),
      values,
      archives.map(({ target }) => target.architecture),
    ),
  )
  return path
}

/** Throws for what stays open in a platform that is kept. */
export function fillIn(
  template: string,
  values: Readonly<Record<string, string>>,
  architectures: readonly string[],
): string {
  const filled = template.replace(
    /\{\{(\w+)\}\}/g,
    (whole, name: string) => values[name] ?? JSON.stringify(whole),
  )
  const { spec, ...rest } = parse(filled) as Manifest
  const platforms = spec.platforms.filter(({ selector }) => architectures.includes(selector.matchLabels.arch))
  const text = stringify({ ...rest, spec: { ...spec, platforms } }, { lineWidth: 0 })
  const [open] = /\{\{\w+\}\}/.exec(text) ?? []
  if (open !== undefined) throw new Error(`deploy/krew/swoll.yaml: ${open} must be known, and is not`)
  return text
}
