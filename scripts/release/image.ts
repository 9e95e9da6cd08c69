/** Makes the image with buildah: Debian's slim one, the libraries that swoll is linked with, and what the packages have. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { downloadDebianPackages } from '../debian-packages.ts'
import { stage } from '../stage.ts'
import { readPackage, settle, sourceDate } from './system-tree.ts'
import { toTar } from './tarball.ts'
import type { Target } from './target.ts'

/** Debian's release of the base image, which has the C++ library already. */
const SUITE = 'trixie'
const LIBRARIES = ['libbpf1', 'libelf1t64']

export interface ImageOptions {
  /** The image that `FROM` names; absent: Debian's on Docker Hub. */
  readonly base?: string
  /** Options of buildah itself, such as where it stores images. */
  readonly buildah?: readonly string[]
}

/** Builds into `folder`; gives the path of the archive (OCI image layout), for `podman load`, `ctr images import` or a push. */
export function buildImage(
  folder: string,
  target: Target,
  { base, buildah = [] }: ImageOptions = {},
): string {
  using work = mkdtempDisposableSync(join(tmpdir(), 'swoll-image-'))
  const { version } = readPackage()
  const name = `swoll:${version}-${target.architecture}`
  const run = (...args: string[]) =>
    execFileSync('buildah', [...buildah, ...args], { stdio: ['ignore', 2, 2] })
  layOutImage(join(work.path, 'root'), target)
  const how = ['--platform', `linux/${target.architecture}`, '--timestamp', `${sourceDate()}`, '--quiet']
  const from = base === undefined ? [] : ['--build-arg', `BASE=${base}`, '--pull-never']
  run('build', ...how, ...from, ...labels(), '--file', 'deploy/release/Dockerfile', '--tag', name, work.path)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `swoll-${version}-image-${target.architecture}.tar`)
  // Buildah's own archive has the time of packing in it.
  run('push', '--quiet', name, `oci:${join(work.path, 'layout')}:${name}`)
  writeFileSync(path, toTar(join(work.path, 'layout'), ['blobs', 'index.json', 'oci-layout']))
  return path
}

/** Returns the labels that the image specification defines. */
function labels(): string[] {
  const { description, version } = readPackage()
  const all = { title: 'swoll', description, version, licenses: 'Apache-2.0' }
  return Object.entries(all).flatMap(([key, value]) => [
    '--label',
    `org.opencontainers.image.${key}=${value}`,
  ])
}

function layOutImage(root: string, target: Target): void {
  using work = mkdtempDisposableSync(join(tmpdir(), 'swoll-libraries-'))
  const wanted = { suite: SUITE, architecture: target.architecture, packages: LIBRARIES }
  for (const deb of downloadDebianPackages(work.path, wanted)) addPackage(deb, root)
  stage(join(root, 'opt/swoll'), target)
  settle(root)
}

/** Unpacks it, and leaves its description where scanners of images look for packages that dpkg has not installed. */
function addPackage(deb: string, root: string): void {
  using work = mkdtempDisposableSync(join(tmpdir(), 'swoll-deb-'))
  execFileSync('dpkg-deb', ['--extract', deb, work.path])
  // /lib is a link in the image: what is below it belongs to /usr/lib.
  cpSync(join(work.path, 'usr'), join(root, 'usr'), { recursive: true, verbatimSymlinks: true })
  const control = execFileSync('dpkg-deb', ['--field', deb], { encoding: 'utf8' })
  const folder = join(root, 'var/lib/dpkg/status.d')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, /^Package: (.+)$/m.exec(control)![1]!), control)
}
