/**
 * Publishes what scripts/release/build.ts has made: the image for all architectures under one name, the chart, and a release on GitHub
 * with the other files.
 *
 *     node scripts/release/publish.ts --tag v1.2.3 --registry ghcr.io/OWNER [--from FOLDER] [--dry-run]
 *
 * Needs buildah, helm and gh; GH_TOKEN and GITHUB_ACTOR sign in to all of them. Prints each command, and stops at the first that fails.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sha256 } from './provenance.ts'
import { readPackage } from './system-tree.ts'

export interface Publication {
  readonly tag: string
  readonly registry: string
  readonly folder: string
  /** Names of the files in the folder. */
  readonly files: readonly string[]
  readonly version: string
}

/** A command; one that signs in takes the token from its standard input. */
interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly signsIn?: boolean
}

/** Returns the commands in order: images before the chart that refers to them, the announcement last. Throws if the tag is not of this version. */
export function toCommands({ tag, registry, folder, files, version }: Publication): Command[] {
  if (tag !== `v${version}`)
    throw new Error(`--tag: must be v${version}, as package.json says, got ${tag}; change one of them`)
  const images = files.filter(name => /-image-\w+\.tar$/.test(name))
  const charts = files.filter(name => name.endsWith('.tgz'))
  if (images.length === 0 || charts.length !== 1)
    throw new Error(
      `${folder}: must hold images and one chart, got ${files.join(', ') || 'nothing'}; build them first`,
    )
  const [host] = registry.split('/')
  const image = `${registry}/swoll:${version}`
  const others = files.filter(name => !images.includes(name)).map(name => join(folder, name))
  const isPreview = version.includes('-') ? ['--prerelease'] : []
  return [
    { program: 'buildah', args: ['login', '--username', 'USER', '--password-stdin', host!], signsIn: true },
    {
      program: 'helm',
      args: ['registry', 'login', '--username', 'USER', '--password-stdin', host!],
      signsIn: true,
    },
    { program: 'buildah', args: ['manifest', 'create', image] },
    ...images.map(name => ({
      program: 'buildah',
      args: ['manifest', 'add', image, `oci-archive:${join(folder, name)}`],
    })),
    { program: 'buildah', args: ['manifest', 'push', '--all', image, `docker://${image}`] },
    { program: 'helm', args: ['push', join(folder, charts[0]!), `oci://${registry}/charts`] },
    {
      program: 'gh',
      args: ['release', 'create', tag, '--verify-tag', '--generate-notes', ...isPreview, ...others],
    },
  ]
}

/** Throws when a file is not the one whose checksum was written down. */
export function checkSums(folder: string): void {
  for (const line of readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trimEnd().split('\n')) {
    const [expected, name] = line.split('  ') as [string, string]
    const found = sha256(join(folder, name))
    if (found !== expected)
      throw new Error(`${name}: must have the SHA-256 ${expected}, got ${found}; build the release again`)
  }
}

function run({ program, args, signsIn = false }: Command, isDry: boolean): void {
  const { GITHUB_ACTOR = '', GH_TOKEN = '' } = process.env
  const all = args.map(arg => (signsIn && arg === 'USER' ? GITHUB_ACTOR : arg))
  process.stdout.write(`${[program, ...all].join(' ')}\n`)
  if (!isDry)
    execFileSync(program, all, { stdio: ['pipe', 'inherit', 'inherit'], ...(signsIn && { input: GH_TOKEN }) })
}

if (import.meta.main) {
  const text = { type: 'string' } as const
  const options = { tag: text, registry: text, from: text, 'dry-run': { type: 'boolean' } } as const
  const { tag, registry, from, 'dry-run': isDry = false } = parseArgs({ options }).values
  process.chdir(join(import.meta.dirname, '../..'))
  if (tag === undefined || registry === undefined)
    throw new Error(
      'publish: must be told --tag and --registry; for example --tag v1.2.3 --registry ghcr.io/swoll',
    )
  const folder = from ?? 'build/release'
  checkSums(folder)
  const { version } = readPackage()
  for (const command of toCommands({ tag, registry, folder, files: readdirSync(folder).sort(), version }))
    run(command, isDry)
}
