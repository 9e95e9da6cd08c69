/** The version of this swoll. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { programFile } from '../native/program-files.ts'
import { print } from './standard-streams.ts'

const DIGITS = 12

/** Returns the version in package.json. */
export function readVersion(): string {
  const text = readFileSync(programFile('package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** Returns the commit of the sources, from the build or from the checkout; with `-dirty` if they were changed since. */
function readCommit(): string | undefined {
  const written = programFile('commit')
  if (existsSync(written)) return readFileSync(written, 'utf8').trim()
  const root = dirname(programFile('package.json'))
  if (!existsSync(`${root}/.git`)) return undefined
  const how = ['-C', root, 'describe', '--always', '--dirty', `--abbrev=${DIGITS}`, '--exclude=*']
  try {
    return execFileSync('git', how, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined // no git, or a checkout that is not ours to look into
  }
}

/** `swoll version 0.1.0 (commit 0123456789ab, Node v24.21.0, x64)`. */
export function printVersion(): void {
  const commit = readCommit() ?? 'unknown'
  print(`swoll version ${readVersion()} (commit ${commit}, Node ${process.version}, ${process.arch})\n`)
}
