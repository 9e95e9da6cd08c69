#!/usr/bin/env node
/**
 * Makes a checkout ready to run. Plain JavaScript without dependencies: it runs on any Node >= 20 in a bare clone.
 *
 *     node scripts/setup.mjs agent    what the agent is made of
 *     node scripts/setup.mjs start    that, on a machine that can run it: `npm start`
 *     node scripts/setup.mjs test     that, and what the tests are made of: `npm test`
 *
 * Looks before it acts, by content: a second run does nothing, needs no network and takes a fraction of a second. Looks for all
 * that is missing before it downloads or compiles anything, says it with the exact fix, and exits 1, when it cannot go on.
 */
import { fileURLToPath } from 'node:url'
import { build, isCompiled, staleFolders } from './setup/build.mjs'
import { checkoutProblems } from './setup/checkout.mjs'
import { SetupError } from './setup/error.mjs'
import { hostProblems, platformProblems, readHost } from './setup/host.mjs'
import { installPackages, planPackages } from './setup/packages.mjs'
import { installTools, missingTools, toolProblems } from './setup/system.mjs'

/** `runs`: set-up also checks what the agent needs from the kernel and the user. */
const PROFILES = {
  agent: { withDev: false, runs: false },
  start: { withDev: false, runs: true },
  test: { withDev: true, runs: false },
}

async function main() {
  const name = process.argv[2] ?? 'agent'
  if (!Object.hasOwn(PROFILES, name))
    throw new SetupError(`profile: must be one of ${Object.keys(PROFILES).join(', ')}, got ${name}`)
  const { withDev, runs } = PROFILES[name]
  process.chdir(fileURLToPath(new URL('..', import.meta.url)))
  refuse(platformProblems(process))

  const packages = planPackages(withDev)
  const stale = staleFolders()
  const tools = stale.some(isCompiled) ? missingTools() : []
  const isReady = packages === undefined && stale.length === 0
  if (runs) refuse(hostProblems(readHost()))
  refuse([...(isReady ? [] : checkoutProblems()), ...toolProblems(tools)])
  if (packages !== undefined) await installPackages(packages)
  if (tools.length > 0) await installTools(tools)
  for (const folder of stale) await build(folder)
}

/** Ends with all problems at once, if there are any. */
function refuse(problems) {
  if (problems.length > 0) throw new AggregateError(problems)
}

try {
  await main()
} catch (error) {
  const problems = error instanceof AggregateError ? error.errors : [error]
  for (const problem of problems) {
    if (!(problem instanceof SetupError)) throw problem
    const fix = problem.fix === undefined ? '' : `Fix: ${problem.fix}\n`
    process.stderr.write(`setup: ${problem.message}\n${fix}`)
  }
  process.exitCode = 1
}
