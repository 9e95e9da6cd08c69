/** Unpacked Debian packages of any architecture, kept in the cache. Only the first use of a package needs the network. */
import { join } from 'node:path'
import { type DebianPackages, unpackDebianPackages } from '../../../scripts/debian-packages.ts'
import { cached } from '../../kit/cache.ts'

export type Suite = 'bookworm' | 'bookworm-backports'
export type Architecture = 'amd64' | 'arm64'

/** Which packages go together into one folder. */
export interface Bundle extends DebianPackages {
  /** Names the folder of the cache. */
  readonly name: string
  readonly suite: Suite
  readonly architecture: Architecture
  /** The only part to keep, e.g. `boot`; all of it if absent. */
  readonly part?: string
}

/** The folder that holds the unpacked bundle, or its part. Throws Unavailable when it is not cached and apt cannot give it. */
export function fetchBundle(bundle: Bundle): string {
  return cached('matrix', bundle.name, work => join(unpackDebianPackages(work, bundle), bundle.part ?? ''))
}
