#!/usr/bin/env node
/**
 * Makes a checkout ready to run. Plain JavaScript without dependencies: it runs on any Node >= 20 in a bare clone.
 *
 *     node scripts/setup.mjs agent    what `npm start` needs
 *     node scripts/setup.mjs test     that, and what `npm test` needs
 *
 * Looks before it acts, by content: a second run does nothing, needs no network and takes a fraction of a second. Says what
 * is missing and the exact fix, and exits 1, when it cannot go on.
 */
import { buildAll } from './setup/build.mjs'
import { SetupError } from './setup/error.mjs'
import { installPackages } from './setup/packages.mjs'

const PROFILES = ['agent', 'test']
const SUPPORTED = ['linux-x64', 'linux-arm64']

function main() {
  const profile = process.argv[2] ?? 'agent'
  const platform = `${process.platform}-${process.arch}`
  if (!PROFILES.includes(profile))
    throw new SetupError(`profile: must be one of ${PROFILES.join(', ')}, got ${profile}`)
  if (!SUPPORTED.includes(platform))
    throw new SetupError(`swoll reads the Linux kernel of x86-64 and arm64 machines, this is ${platform}`)
  if (Number(process.versions.node.split('.')[0]) < 20)
    throw new SetupError(
      `set-up needs Node 20 or later, this is ${process.version}`,
      'apt-get install -y nodejs npm',
    )
  process.chdir(new URL('..', import.meta.url).pathname)
  installPackages(profile === 'test')
  buildAll()
}

try {
  main()
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`setup: ${error.message}\n${error.fix === undefined ? '' : `Fix: ${error.fix}\n`}`)
  process.exitCode = 1
}
