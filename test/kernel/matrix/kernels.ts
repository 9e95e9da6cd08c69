/** The kernels of the matrix. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { Unavailable } from '../../kit/cache.ts'
import { type Architecture, type Bundle, fetchBundle, type Suite } from './apt.ts'

export interface Kernel {
  /** Names the tests and the golden file, e.g. `6.12-arm64`. */
  readonly name: string
  readonly architecture: Architecture
  readonly bundle: Bundle
}

/** Debian 12's kernel, and the one of its backports (Debian 13's), on both architectures. */
export const KERNELS: readonly Kernel[] = [
  kernel('6.1', 'amd64', 'bookworm'),
  kernel('6.12', 'amd64', 'bookworm-backports'),
  kernel('6.1', 'arm64', 'bookworm'),
  kernel('6.12', 'arm64', 'bookworm-backports'),
]

function kernel(version: string, architecture: Architecture, suite: Suite): Kernel {
  const name = `${version}-${architecture}`
  const packages = [`linux-image-cloud-${architecture}`]
  return {
    name,
    architecture,
    bundle: { name: `kernel-${name}`, suite, architecture, packages, isMeta: true, part: 'boot' },
  }
}

/** The path of the kernel's image; fetched on first use. Throws Unavailable. */
export function imageOf({ name, bundle }: Kernel): string {
  const [image] = globSync(join(fetchBundle(bundle), 'vmlinuz-*'))
  if (image === undefined) throw new Unavailable(`the package of kernel ${name} holds no image`)
  return image
}
