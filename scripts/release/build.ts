/**
 * Makes all that a release consists of, in one folder: per architecture a Debian package, an RPM, a tar.gz and an image; the chart; the
 * manifest of the kubectl plugin; the software bills of materials; checksums; provenance. Publishes nothing. The same commit makes the same files, but for provenance,
 * which says when.
 *
 *     npm run release [-- --out FOLDER] [--helm PATH] [--base IMAGE] [--arch amd64,arm64] [--only deb,rpm,tar,image,chart,sbom]
 *
 * Needs dpkg-dev, rpm, buildah, clang, lld and Helm; on Debian all but Helm are packages.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildDeb } from '../build-deb.ts'
import { buildChart } from './chart.ts'
import { buildImage, type ImageOptions } from './image.ts'
import { writeKrew } from './krew.ts'
import { sha256, toProvenance } from './provenance.ts'
import { buildRpm } from './rpm.ts'
import { writeSboms } from './sbom.ts'
import { buildTarball } from './tarball.ts'
import { TARGETS, type Target } from './target.ts'

const PER_TARGET = ['deb', 'rpm', 'tar', 'image'] as const
const KINDS = [...PER_TARGET, 'chart', 'sbom'] as const
type Kind = (typeof KINDS)[number]

export interface ReleaseOptions {
  readonly folder: string
  readonly helm: string
  readonly targets: readonly Target[]
  readonly kinds: readonly Kind[]
  /** The base of the images, by architecture. */
  readonly image: (target: Target) => ImageOptions
}

/** Gives the paths of all files, in the order in which they were made. */
export function buildRelease({ folder, helm, targets, kinds, image }: ReleaseOptions): string[] {
  const startedOn = new Date().toISOString()
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const makers: Record<(typeof PER_TARGET)[number], (target: Target) => string> = {
    deb: target => buildDeb(folder, { target }),
    rpm: target => buildRpm(folder, target),
    tar: target => buildTarball(folder, target),
    image: target => buildImage(folder, target, image(target)),
  }
  const files: string[] = []
  const archives: { readonly target: Target; readonly path: string }[] = []
  for (const kind of PER_TARGET.filter(each => kinds.includes(each)))
    for (const target of targets) {
      const path = say(makers[kind](target))
      files.push(path)
      if (kind === 'tar') archives.push({ target, path })
    }
  if (archives.length > 0) files.push(say(writeKrew(folder, archives, process.env)))
  if (kinds.includes('chart')) files.push(say(buildChart(folder, helm)))
  if (kinds.includes('sbom')) files.push(...writeSboms(folder).map(say))
  files.push(say(writeChecksums(folder, files)))
  const provenance = { files, commit: readCommit(), env: process.env, startedOn }
  const path = join(folder, 'provenance.intoto.json')
  const statement = toProvenance({ ...provenance, finishedOn: new Date().toISOString() })
  writeFileSync(path, `${JSON.stringify(statement, undefined, 2)}\n`)
  return [...files, say(path)]
}

/** Writes the checksums in the form of sha256sum, for `sha256sum --check`. */
function writeChecksums(folder: string, files: readonly string[]): string {
  const path = join(folder, 'SHA256SUMS')
  writeFileSync(path, files.map(file => `${sha256(file)}  ${basename(file)}\n`).join(''))
  return path
}

/** Returns the commit of the checkout; forty zeros without git. */
function readCommit(): string {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : '0'.repeat(40)
}

function say(path: string): string {
  process.stdout.write(`release: ${path}\n`)
  return path
}

/** Returns the entries of `all` that a comma-separated list names. */
function choose<T>(
  option: string,
  text: string | undefined,
  all: readonly T[],
  nameOf: (each: T) => string,
): T[] {
  if (text === undefined) return [...all]
  return text.split(',').map(name => {
    const found = all.find(each => nameOf(each) === name)
    if (found === undefined)
      throw new Error(
        `--${option}: must be of ${all.map(nameOf).join(', ')}, got "${name}"; separate them by commas`,
      )
    return found
  })
}

if (import.meta.main) {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { out: text, helm: text, base: text, arch: text, only: text } })
  process.chdir(join(import.meta.dirname, '../..'))
  buildRelease({
    folder: resolve(values.out ?? 'build/release'),
    helm: values.helm ?? 'helm',
    targets: choose('arch', values.arch, TARGETS, ({ architecture }) => architecture),
    kinds: choose('only', values.only, KINDS, kind => kind),
    image: () => (values.base === undefined ? {} : { base: values.base }),
  })
}
