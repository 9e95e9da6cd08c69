/** From observations to what a profile allows, and why. */
import { isCallName } from '../syscalls/call-set.ts'
import { GAPS, type GapReason, type SeenArgument, type Subject } from './api/observation.ts'
import { RUNTIME_CALLS, SETUP_CALLS } from './runtime-calls.ts'
import { isUnnamed } from './seen-subject.ts'

interface ProfileOptions {
  /** Whether calls that runtimes make under the filter are added. */
  readonly isRunByRuntime: boolean
  /** Whether calls that runtimes make before the program are left out, where they cannot be told apart, if they were seen at the start alone. */
  readonly leavesSetupOut: boolean
  /** Conditions on arguments, for the calls whose arguments are known. */
  readonly hasArguments: boolean
}

/** `start`: seen within 10 s of the beginning of each instance, and not later. `setup`: perhaps the runtime's alone. */
type Why = 'seen' | 'start' | 'setup' | 'runtime'

export interface AllowedCall {
  readonly name: string
  readonly why: Why
  /** Values of one argument, any of which is allowed. Absent: any arguments. */
  readonly argument?: { readonly index: number; readonly values: readonly string[] }
}

export interface ProfilePlan {
  /** As swoll names them, the native one first. */
  readonly abis: readonly string[]
  /** By name. */
  readonly allowed: readonly AllowedCall[]
  /** Seen, and left out: the runtime made them before the program. */
  readonly setup: readonly string[]
  /** Reasons why calls may be missing, with how often. */
  readonly gaps: readonly { readonly reason: GapReason; readonly text: string; readonly count: number }[]
  /** Only ever seen denied: left out. */
  readonly denied: readonly string[]
  readonly unnamed: readonly string[]
  readonly instances: number
  readonly nodes: readonly string[]
  readonly sinceMs: number
  readonly untilMs: number
}

/** The union of all that the subjects were seen to do; there must be one at least. */
export function planProfile(subjects: readonly Subject[], options: ProfileOptions): ProfilePlan {
  const seen = new Map<string, Sighting>()
  for (const subject of subjects) for (const call of subject.calls) sight(seen, subject, call)
  const own = [...seen].flatMap(([name, sighting]) => {
    const why = judge(name, sighting, options)
    return why === undefined ? [] : [toAllowed(name, why, sighting, options)]
  })
  const names = new Set(own.map(({ name }) => name))
  const runtime = options.isRunByRuntime ? RUNTIME_CALLS.filter(name => !names.has(name)) : []
  const unlimited = own.map(each =>
    options.isRunByRuntime && isRuntime(each.name) ? withoutArgument(each) : each,
  )
  const only = (isSo: (sighting: Sighting) => boolean) =>
    [...seen].flatMap(([name, sighting]) => (isSo(sighting) ? [name] : [])).sort()
  return {
    abis: abisOf(subjects),
    allowed: [...unlimited, ...runtime.map(name => ({ name, why: 'runtime' as const }))].sort(byName),
    setup: [...seen]
      .flatMap(([name, s]) => (s.calls > 0 && !names.has(name) && !isUnnamed(name) ? [name] : []))
      .sort(),
    gaps: gapsOf(subjects),
    denied: only(({ calls, isDenied }) => calls === 0 && isDenied),
    unnamed: [...seen.keys()].filter(name => isUnnamed(name) || !isCallName(name)).sort(),
    instances: subjects.reduce((sum, each) => sum + each.instances, 0),
    nodes: [...new Set(subjects.map(({ node }) => node))].sort(),
    sinceMs: Math.min(...subjects.map(({ sinceMs }) => sinceMs)),
    untilMs: Math.max(...subjects.map(({ untilMs }) => untilMs)),
  }
}

interface Sighting {
  calls: number
  /** Calls that are not known to be the runtime's before the program. */
  own: number
  atStart: boolean
  knowsSetup: boolean
  isDenied: boolean
  /** Of each subject and ABI that made the call. */
  readonly arguments: (readonly SeenArgument[] | undefined)[]
}

function sight(seen: Map<string, Sighting>, subject: Subject, call: Subject['calls'][number]): void {
  const known = seen.get(call.name) ?? {
    calls: 0,
    own: 0,
    atStart: true,
    knowsSetup: true,
    isDenied: false,
    arguments: [],
  }
  known.isDenied ||= Object.keys(call.denied).length > 0
  if (call.calls > 0) {
    known.calls += call.calls
    known.own += call.calls - call.setup
    known.atStart &&= call.atStart
    known.knowsSetup &&= subject.knowsSetup
    if (call.calls > call.setup) known.arguments.push(call.arguments)
  }
  seen.set(call.name, known)
}

/** Undefined: it is not to be allowed. */
function judge(
  name: string,
  sighting: Sighting,
  { leavesSetupOut, isRunByRuntime }: ProfileOptions,
): Why | undefined {
  if (sighting.own === 0 || isUnnamed(name)) return undefined
  const isDoubtful = isRunByRuntime && !sighting.knowsSetup && sighting.atStart && SETUP_CALLS.includes(name)
  if (isDoubtful) return leavesSetupOut ? undefined : 'setup'
  return sighting.atStart ? 'start' : 'seen'
}

function toAllowed(
  name: string,
  why: Why,
  { arguments: all }: Sighting,
  { hasArguments }: ProfileOptions,
): AllowedCall {
  if (!hasArguments) return { name, why }
  const first = all[0]?.[0]
  if (first === undefined) return { name, why }
  const same = all.map(each => each?.find(({ index }) => index === first.index))
  // Where one of them is not known in full, no condition would be right.
  if (!same.every(each => each?.isWhole)) return { name, why }
  const values = new Set(same.flatMap(each => each!.values.map(({ value }) => value)))
  return { name, why, argument: { index: first.index, values: [...values].sort(byNumber) } }
}

function withoutArgument({ name, why }: AllowedCall): AllowedCall {
  return { name, why }
}

function isRuntime(name: string): boolean {
  return RUNTIME_CALLS.includes(name)
}

const NATIVE = ['x86_64', 'arm64']

function abisOf(subjects: readonly Subject[]): string[] {
  const abis = new Set(
    subjects.flatMap(({ calls }) => calls.filter(each => each.calls > 0).map(({ abi }) => abi)),
  )
  return [...abis].sort((a, b) => Number(NATIVE.includes(b)) - Number(NATIVE.includes(a)) || (a < b ? -1 : 1))
}

function gapsOf(subjects: readonly Subject[]): ProfilePlan['gaps'] {
  const counts = new Map<GapReason, number>()
  for (const { gaps } of subjects)
    for (const { reason, count = 1 } of gaps) counts.set(reason, (counts.get(reason) ?? 0) + count)
  return [...counts].map(([reason, count]) => ({ reason, text: GAPS[reason], count }))
}

function byName(a: AllowedCall, b: AllowedCall): number {
  return a.name < b.name ? -1 : Number(a.name > b.name)
}

function byNumber(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b)
  return difference < 0n ? -1 : Number(difference > 0n)
}
