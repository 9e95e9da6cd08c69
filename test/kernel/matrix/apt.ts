/** Unpacked Debian packages of any architecture, kept in the cache. Only the first use of a package needs the network. */
import { join } from 'node:path'
import { type DebianPackages, unpackDebianPackages } from '../../../scripts/debian-packages.ts'
import { cached } from '../../kit/cache.ts'

export type Suite = 'bookworm' | 'bookworm-backports'
export type Architecture = 'amd64' | 'arm64'

/** Packages that are unpacked into one folder. */
export interface Bundle extends DebianPackages {
  /** Names the folder of the cache. */
  readonly name: string
  readonly suite: Suite
  readonly architecture: Architecture
  /** The only part to keep, e.g. `boot`; all of it if absent. */
  readonly part?: string
}

/** Returns the folder of the unpacked bundle, or of its part. Throws Unavailable if it is not cached and apt cannot fetch it. */
export function fetchBundle(bundle: Bundle): string {
  return cached('matrix', bundle.name, work => join(unpackDebianPackages(work, bundle), bundle.part ?? ''))
}
