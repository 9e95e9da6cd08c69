/** The addon and the launcher, for this machine or cross-compiled for another with clang, against Debian 12's libraries. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempDisposableSync, renameSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { unpackDebianPackages } from '../debian-packages.ts'
import { HOST, type Target } from './target.ts'

/** The oldest supported Debian: the addon is linked against its libraries and headers, and so runs on later ones too. */
const SUITE = 'bookworm'
const PACKAGES = [
  ...['libc6', 'libstdc++6', 'libgcc-s1', 'libbpf1', 'libelf1', 'zlib1g'],
  ...['libc6-dev', 'linux-libc-dev', 'libstdc++-12-dev', 'libgcc-12-dev', 'libbpf-dev'],
]
const CACHE = '.cache/release'

/** The folder that has swoll.node and swoll-launch, built anew when the sources are newer. */
export function buildNative(target: Target): string {
  const folder = target === HOST ? 'build' : `build/${target.architecture}`
  const compiler = target === HOST ? [] : crossCompiler(target)
  execFileSync('make', ['--silent', '-C', 'native', `BUILD=${folder}`, ...compiler], {
    stdio: ['ignore', 2, 2],
  })
  return join('native', folder)
}

function crossCompiler(target: Target): string[] {
  const flags = `--target=${target.triplet} --sysroot=../${sysroot(target)} -fuse-ld=lld -Wno-unused-command-line-argument`
  return [`CC=clang ${flags}`, `CXX=clang++ ${flags}`]
}

/** Its path in the checkout. Fetched once; delete it to fetch anew. */
function sysroot({ architecture }: Target): string {
  const folder = join(CACHE, `sysroot-${SUITE}-${architecture}`)
  if (existsSync(folder)) return folder
  mkdirSync(CACHE, { recursive: true })
  using work = mkdtempDisposableSync(join(resolve(CACHE), 'work-'))
  renameSync(unpackDebianPackages(work.path, { suite: SUITE, architecture, packages: PACKAGES }), folder)
  return folder
}
