/** The options that say which calls are wanted, of whomever. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { findFaultWithCallSet, findFaultWithCalls } from '../../syscalls/call-set.ts'
import { REQUEST_LIMITS } from '../../trace/requests/limits.ts'
import type { CallFilter } from '../../trace/requests/request.ts'
import { decodeErrors } from './decode-lists.ts'
import type { TypedFilters } from './options.ts'
import type { Usage } from './usage.ts'

const { sample, minLatency, uid: uids, comm: comms } = REQUEST_LIMITS

export function decodeFilter(typed: TypedFilters, usage: Usage): CallFilter {
  const errors = typed.failedOnly && typed.errors === undefined ? [] : decodeErrors(typed.errors, usage)
  const uid = decodeUser(typed.uid, usage)
  const comm = decodeComm(typed.comm, usage)
  const paths = typed.path?.map(path => decodePath(path, usage))
  if (typed.successfulOnly && errors !== undefined)
    usage.refuse(
      '--successful-only',
      `must not be given together with ${typed.errors === undefined ? '--failed-only' : '--errors'}; no call is both`,
    )
  return {
    minNs: (usage.duration('--min-latency', typed.minLatency, minLatency) ?? 0) * 1e6,
    sample: usage.integer('--sample', typed.sample, sample) ?? 1,
    ...(uid !== undefined && { uid }),
    ...(comm !== undefined && { comm }),
    ...(errors !== undefined && { errors }),
    ...(typed.successfulOnly && { isSuccessful: true }),
    ...(paths !== undefined && { paths }),
  }
}

/** Undefined: not given. */
export function decodeCalls(
  given: readonly string[] | undefined,
  usage: Usage,
): readonly string[] | undefined {
  if (given === undefined) return undefined
  const words = usage.words('--syscalls', given)
  let isFaultless = true
  for (const word of words) {
    const fault = findFaultWithCalls(word)
    if (fault === undefined) continue
    isFaultless = false
    const [rule, hint] = fault.split('; ')
    const remedy = /^\d+$/.test(word) ? `the length of strings is --string-limit ${word}` : hint
    usage.refuse('--syscalls', `${rule}, got "${word}"${remedy ? `; ${remedy}` : ''}`)
  }
  const fault = isFaultless ? findFaultWithCallSet(words) : undefined
  if (fault !== undefined) usage.refuse('--syscalls', `${fault}, got "${words.join(',')}"`)
  return words
}

function decodeComm(comm: string | undefined, usage: Usage): string | undefined {
  const text = usage.text('--comm', comm)
  if (text === undefined || Buffer.byteLength(text) <= comms.max) return text
  usage.refuse(
    '--comm',
    `must be at most ${comms.max} bytes, since the kernel keeps no more of a name, got "${text}"`,
  )
  return undefined
}

/** Relative to the working directory; a slash at its end stays. */
function decodePath(given: string, usage: Usage): string {
  usage.text('--path', given)
  const path = resolve(given)
  return given.endsWith('/') && path !== '/' ? `${path}/` : path
}

/** By number, or by a name that this host knows. */
function decodeUser(given: string | undefined, usage: Usage): number | undefined {
  if (given === undefined) return undefined
  if (/^\d+$/.test(given)) return usage.integer('--uid', given, uids)
  const uid = given.includes(':') || given === '' ? undefined : (findUser(given) ?? askForUser(given))
  if (uid === undefined)
    usage.refuse('--uid', `must be an id from 0 to ${uids.max} or a user of this host, got "${given}"`)
  return uid
}

function findUser(name: string): number | undefined {
  const lines = readFileSync('/etc/passwd', 'latin1').split('\n')
  const line = lines.find(each => each.startsWith(`${name}:`))
  return line === undefined ? undefined : toId(line)
}

/** Asks the C library, which may know a directory such as LDAP. */
function askForUser(name: string): number | undefined {
  const { status, stdout } = spawnSync('getent', ['passwd', '--', name], { encoding: 'latin1' })
  return status === 0 ? toId(stdout) : undefined
}

function toId(line: string): number | undefined {
  const id = Number(line.split(':')[2])
  return Number.isInteger(id) && id <= uids.max ? id : undefined
}
