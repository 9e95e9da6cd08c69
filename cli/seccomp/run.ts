/** Runs the commands of `swoll seccomp`. */

import { constants, writeFileSync } from 'node:fs'
import { SwollError } from '../../pipeline/errors.ts'
import { openPrivate } from '../../pipeline/private-file.ts'
import type { Observation, Subject } from '../../seccomp/api/observation.ts'
import { check } from '../../seccomp/check.ts'
import { denialsOf } from '../../seccomp/denials.ts'
import { diff } from '../../seccomp/diff.ts'
import { readProfile } from '../../seccomp/enforced.ts'
import { formatProfile, PROFILE_FORMATS } from '../../seccomp/formats.ts'
import { planProfile } from '../../seccomp/profile.ts'
import { errnoOf } from '../../syscalls/tables/errnos.ts'
import { print } from '../standard-streams.ts'
import { say } from '../stderr.ts'
import { Usage } from '../trace/usage.ts'
import { Wishes } from '../trace/wishes.ts'
import { decodeWanted, type Wanted } from './decode-options.ts'
import { type SeccompCommand, TABLE_FORMATS, type TypedSeccomp } from './options.ts'
import { changesTable, checkTable, denialsTable, describeGaps, describePlan } from './report.ts'
import { gather, only, readFile, readText } from './sources.ts'

/** Whether all went well, and nothing is to be failed for. Throws USAGE_INVALID with every mistake. */
export async function runSeccomp(
  command: SeccompCommand,
  operands: readonly string[],
  given: Readonly<Record<string, unknown>>,
  exitNow: () => void,
): Promise<boolean> {
  const typed = given as TypedSeccomp
  const run = { typed, wishes: new Wishes(exitNow), usage: new Usage() }
  switch (command) {
    case 'record':
      return record(run)
    case 'profile':
      return profile(run, operands)
    case 'diff':
      return compare(run, operands)
    case 'check':
      return checkProfile(run, operands)
    case 'denied':
      return denied(run, operands)
  }
}

interface Run {
  readonly typed: TypedSeccomp
  readonly wishes: Wishes
  readonly usage: Usage
}

async function record({ typed, wishes, usage }: Run): Promise<boolean> {
  const wanted = decodeWanted(typed, [], usage)
  const path = usage.text('--output', typed.output)
  usage.check()
  const { observation, isWhole } = await gather(wanted, wishes.stop)
  tellGaps(observation)
  const text = `${JSON.stringify(observation)}\n`
  if (path === undefined || path === '-') print(text)
  else write(path, text)
  say(`${observation.subjects.length} containers and units were seen`)
  return isWhole
}

function write(path: string, text: string): void {
  try {
    writeFileSync(openPrivate(path, constants.O_CREAT | constants.O_TRUNC | constants.O_WRONLY), text)
  } catch (cause) {
    if (cause instanceof SwollError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    throw new SwollError(
      'OUTPUT_FAILED',
      `--output: must be a file that can be written, got "${path}" (${code})`,
      {
        cause,
      },
    )
  }
}

async function profile({ typed, wishes, usage }: Run, operands: readonly string[]): Promise<boolean> {
  const wanted = decodeWanted(typed, operands, usage)
  const format = usage.oneOf('--output', typed.output ?? 'oci', PROFILE_FORMATS) ?? 'oci'
  const errno = typed.errno ?? 'EPERM'
  const number = errnoOf(errno)
  if (number === undefined) usage.refuse('--errno', `must be an errno such as EPERM, got "${errno}"`)
  usage.check()
  const { observation, isWhole } = await gather(wanted, wishes.stop)
  const { subjects } = observation
  refuseNothing(subjects)
  const plan = planProfile(subjects, {
    isRunByRuntime: typed.runtime !== false && subjects.some(({ unit }) => unit === undefined),
    leavesSetupOut: typed.withoutSetup === true,
    hasArguments: wanted.source.kind === 'files' || typed.arguments === true,
  })
  const [first] = subjects
  const name = typed.name ?? toResourceName(first?.workload ?? first?.pod ?? first?.container ?? first?.unit)
  print(
    formatProfile(plan, format, {
      errno: { name: errno, number: number! },
      name,
      namespace: first?.namespace,
    }),
  )
  for (const line of describePlan(plan, subjects)) say(line)
  return tellGaps(observation) || typed.requireComplete !== true ? isWhole : false
}

/** As DNS has names: what Kubernetes takes. */
function toResourceName(text = 'profile'): string {
  const last = text.slice(text.lastIndexOf('/') + 1).toLowerCase()
  return (
    last
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 63) || 'profile'
  )
}

async function compare({ typed, wishes, usage }: Run, operands: readonly string[]): Promise<boolean> {
  const output = usage.oneOf('--output', typed.output ?? 'table', TABLE_FORMATS) ?? 'table'
  const isOfRevisions = typed.revisions !== undefined
  if (!isOfRevisions && operands.length !== 2)
    usage.refuse('observation', `must be two files, or use --revisions, got ${operands.length}`)
  const wanted = decodeWanted(typed, operands, usage)
  const revisions = isOfRevisions ? usage.words('--revisions', [typed.revisions]) : []
  if (isOfRevisions && revisions.length !== 2)
    usage.refuse('--revisions', `must be two, "old,new", got "${typed.revisions}"`)
  usage.check()
  const [before, after, isWhole] = isOfRevisions
    ? await ofRevisions(wanted, revisions, wishes)
    : ([...operands.map(path => only(readFile(path), wanted.filter)), true] as const as [
        Observation,
        Observation,
        boolean,
      ])
  for (const each of [before, after]) tellGaps(each)
  refuseNothing(before.subjects, isOfRevisions ? ` of revision ${revisions[0]}` : ` in ${operands[0]}`)
  refuseNothing(after.subjects, isOfRevisions ? ` of revision ${revisions[1]}` : ` in ${operands[1]}`)
  const changes = diff(before.subjects, after.subjects)
  print(output === 'json' ? `${JSON.stringify(changes)}\n` : changesTable(changes))
  return isWhole && !(typed.exitCode && changes.some(({ kind }) => kind === 'new'))
}

async function ofRevisions(
  wanted: Wanted,
  revisions: readonly string[],
  { stop }: Wishes,
): Promise<[Observation, Observation, boolean]> {
  const { observation, isWhole } = await gather(wanted, stop)
  const [old = '', now = ''] = revisions
  return [only(observation, { revision: [old] }), only(observation, { revision: [now] }), isWhole]
}

async function checkProfile({ typed, wishes, usage }: Run, [path = '', ...files]: readonly string[]) {
  const wanted = decodeWanted(typed, files, usage)
  const output = usage.oneOf('--output', typed.output ?? 'table', TABLE_FORMATS) ?? 'table'
  usage.check()
  const enforced = readProfile(readText(path), path)
  const { observation, isWhole } = await gather(wanted, wishes.stop)
  refuseNothing(observation.subjects)
  const result = check(enforced, observation.subjects)
  print(output === 'json' ? `${JSON.stringify(result)}\n` : checkTable(result))
  const isComplete = tellGaps(observation)
  return isWhole && result.denied.length === 0 && (isComplete || typed.requireComplete !== true)
}

async function denied({ typed, wishes, usage }: Run, operands: readonly string[]): Promise<boolean> {
  const wanted = decodeWanted(typed, operands, usage)
  const output = usage.oneOf('--output', typed.output ?? 'table', TABLE_FORMATS) ?? 'table'
  usage.check()
  const { observation, isWhole } = await gather(wanted, wishes.stop)
  const denials = denialsOf(observation.subjects)
  print(output === 'json' ? `${JSON.stringify(denials)}\n` : denialsTable(denials))
  return isWhole
}

function refuseNothing(subjects: readonly Subject[], where = ''): void {
  if (subjects.some(({ calls }) => calls.length > 0)) return
  const remedy = 'swoll seccomp record shows who was seen; -n, -w, -m and --unit choose'
  throw new SwollError(
    'SECCOMP_NOTHING_SEEN',
    `observation: must have calls of what was chosen${where}, got none; ${remedy}`,
  )
}

/** True: nothing may be missing. */
function tellGaps(observation: Observation): boolean {
  const lines = describeGaps(observation)
  for (const line of lines) say(line)
  return lines.length === 0
}
