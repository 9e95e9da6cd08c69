/** The software bill of materials, as npm makes it from the lock file: CycloneDX and SPDX. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundledPackages, closure, runtimePackages } from './shipped-packages.ts'
import { readPackage, sourceDate } from './system-tree.ts'

const FORMATS = { cyclonedx: 'cdx.json', spdx: 'spdx.json' } as const

/** Writes both into `folder`; gives their paths. What npm makes up anew each time is made of the content instead. */
export function writeSboms(folder: string): string[] {
  const date = new Date(sourceDate() * 1000).toISOString()
  using work = mkdtempDisposableSync(join(tmpdir(), 'swoll-sbom-'))
  writeShipped(work.path)
  return Object.entries(FORMATS).map(([format, ending]) => {
    const args = ['sbom', `--sbom-format=${format}`, '--sbom-type=application', '--package-lock-only']
    const text = execFileSync('npm', args, {
      cwd: work.path,
      encoding: 'utf8',
      stdio: 'pipe',
      maxBuffer: 1 << 26,
    })
    const path = join(folder, `swoll-${readPackage().version}.${ending}`)
    const sbom = settleSbom(JSON.parse(text), readPackage().name, date)
    writeFileSync(path, `${JSON.stringify(sbom, undefined, 2)}\n`)
    return path
  })
}

/**
 * The manifest and the lock file less what is for development: with `--omit=dev` npm 11 also omits what both need. What is bundled into the
 * pages is shipped, and so stands among the dependencies.
 */
function writeShipped(folder: string): void {
  const { devDependencies: _, workspaces: __, ...manifest } = JSON.parse(readFileSync('package.json', 'utf8'))
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const bundled = bundledPackages(lock.packages)
  const dependencies = { ...manifest.dependencies, ...bundled }
  const { devDependencies: ___, workspaces: ____, ...root } = lock.packages['']
  const inPages = closure(lock.packages, '', Object.keys(bundled))
  const shipped = [
    ...runtimePackages(lock.packages),
    ...[...inPages].map(path => [path, lock.packages[path]] as const),
  ]
  lock.packages = { '': { ...root, dependencies }, ...Object.fromEntries(shipped) }
  manifest.dependencies = dependencies
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
}

interface Sbom {
  serialNumber?: string
  metadata?: { timestamp: string; component: { name: string } }
  documentNamespace?: string
  creationInfo?: { created: string }
}

/** Sets the date, the package's name (npm writes its folder's) and an identifier that is a hash of the rest. */
export function settleSbom(sbom: Sbom, name: string, date: string): Sbom {
  if (sbom.metadata) {
    sbom.metadata.timestamp = date
    sbom.metadata.component.name = name
  }
  if (sbom.creationInfo) sbom.creationInfo.created = date
  const { serialNumber, documentNamespace, ...rest } = sbom
  const hash = createHash('sha256').update(JSON.stringify(rest)).digest('hex')
  const uuid = hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-5$3-8$4-$5')
  if (serialNumber !== undefined) sbom.serialNumber = `urn:uuid:${uuid}`
  if (documentNamespace !== undefined)
    sbom.documentNamespace = documentNamespace.replace(/[^-]+(-[^-]+){4}$/, uuid)
  return sbom
}
