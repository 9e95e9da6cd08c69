/** deploy/Dockerfile, built by buildah: no daemon, no registry. Debian's slim image is made from Debian's own archive. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Unavailable } from '../../kit/cache.ts'
import { type Lack, lacksCommand } from '../../kit/skip.ts'
import { fetchBase } from './base-image.ts'

const ROOT = join(import.meta.dirname, '../../..')
const BASE = 'docker.io/library/debian:13-slim'

/** Returns why the image cannot be built here. Fetches its base if it is missing. */
export function lacksImageBuild(): Lack {
  const lack = ['buildah', 'mmdebstrap'].map(lacksCommand).find(each => each !== undefined)
  if (lack !== undefined) return lack
  try {
    fetchBase()
    return undefined
  } catch (error) {
    if (error instanceof Unavailable) return error.message
    throw error
  }
}

/** The built image, as a folder. */
export class BuiltImage implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'swoll-image-'))
  /** Its file system, mounted. */
  readonly root: string
  /** Its configuration, as the OCI image specification has it. */
  readonly config: {
    readonly Entrypoint: readonly string[]
    readonly User?: string
    readonly Env: readonly string[]
  }

  constructor() {
    try {
      this.#importBase()
      this.#build()
      const container = this.#buildah('from', '--pull-never', 'swoll:test')
      this.root = this.#buildah('mount', container)
      this.config = JSON.parse(this.#buildah('inspect', container)).OCIv1.config
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  #importBase(): void {
    const container = this.#buildah('from', 'scratch')
    this.#buildah('add', '--quiet', container, fetchBase(), '/')
    this.#buildah('commit', '--quiet', '--rm', container, BASE)
  }

  /** npm in the build trusts whom npm here trusts. */
  #build(): void {
    const npmrc = join(this.#folder, 'npmrc')
    const certificates = process.env.NODE_EXTRA_CA_CERTS
    writeFileSync(npmrc, certificates === undefined ? '' : 'cafile=/run/host-certificates.crt\n')
    const volumes = [`${npmrc}:/root/.npmrc:ro`]
    if (certificates !== undefined) volumes.push(`${certificates}:/run/host-certificates.crt:ro`)
    const file = join(ROOT, 'deploy/Dockerfile')
    const ignored = ['--ignorefile', `${file}.dockerignore`]
    const how = [
      '--isolation',
      'chroot',
      '--pull-never',
      '--quiet',
      ...volumes.map(each => `--volume=${each}`),
    ]
    this.#buildah('build', ...how, '--file', file, ...ignored, '--tag', 'swoll:test', ROOT)
  }

  #buildah(...args: readonly string[]): string {
    const where = ['--root', join(this.#folder, 'store'), '--runroot', join(this.#folder, 'run')]
    const all = [...where, '--storage-driver', 'overlay', ...args]
    return execFileSync('buildah', all, { encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 28 }).trim()
  }

  [Symbol.dispose](): void {
    this.#buildah('rm', '--all')
    const overlay = join(this.#folder, 'store/overlay') // a mount of its own once it has been used
    if (readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${overlay} `))
      execFileSync('umount', ['--lazy', overlay])
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
