/** The machines of a release, with the name that each tool has for them. */
export interface Target {
  /** Debian's name, and the one of images. */
  readonly architecture: 'amd64' | 'arm64'
  /** Node's. */
  readonly node: 'x64' | 'arm64'
  /** RPM's. */
  readonly rpm: 'x86_64' | 'aarch64'
  /** The compiler's. */
  readonly triplet: string
}

export const TARGETS: readonly Target[] = [
  { architecture: 'amd64', node: 'x64', rpm: 'x86_64', triplet: 'x86_64-linux-gnu' },
  { architecture: 'arm64', node: 'arm64', rpm: 'aarch64', triplet: 'aarch64-linux-gnu' },
]

/** The target of this machine. */
export const HOST: Target = TARGETS.find(({ node }) => node === process.arch)!
