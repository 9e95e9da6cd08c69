/** The machines that are released for, and what each world calls them. */
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

/** This machine's. */
export const HOST: Target = TARGETS.find(({ node }) => node === process.arch)!
