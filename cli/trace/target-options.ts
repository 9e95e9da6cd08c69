/** The options that say whose calls are wanted. */
import { decodeFieldSelector } from '../../kubernetes/selectors/fields.ts'
import { decodeLabelSelector, SelectorError } from '../../kubernetes/selectors/labels.ts'
import { findFaultWithContainer, findFaultWithUnit } from '../../kubernetes/selectors/names.ts'
import { REQUEST_LIMITS } from '../../trace/requests/limits.ts'
import type { TargetSelection } from '../../trace/requests/request.ts'
import type { TypedOptions } from './options.ts'
import type { Usage } from './usage.ts'

/** To those who type `-f` as for strace. */
export const FOLLOWED = 'children are always followed, so leave -f out'
const CGROUP_MOUNT = /^\/sys\/fs\/cgroup(?=\/|$)/

/**
 * One kind of target; containers, all of them, if none is given. Processes are none yet with a command, which is what is behind `--`.
 * `operands`: a label selector at most.
 */
export function decodeTarget(
  typed: TypedOptions,
  operands: readonly string[],
  command: readonly string[] | undefined,
  usage: Usage,
): TargetSelection {
  const [selector] = operands
  if (operands.length > 1)
    usage.refuse('label selector', `must be one, got ${operands.join(' ')}; ${toTrace(operands)}`)
  const kinds = givenKinds(typed, selector, command)
  if (kinds.length > 1)
    usage.refuse(kinds[1]!, `must not be given together with ${kinds[0]}; one trace has one kind of target`)
  if (command?.length === 0) usage.refuse('--', `must have a command behind it; ${toTrace(['ls', '/tmp'])}`)
  if (command !== undefined) return { kind: 'processes', pids: [] }
  const optedOut = typed.optedOut && { withOptedOut: true }
  if (typed.pid) return { kind: 'processes', pids: decodePids(typed.pid, usage), ...optedOut }
  if (typed.cgroup) return { kind: 'cgroups', paths: decodePaths(typed.cgroup, usage), ...optedOut }
  if (typed.unit) return { kind: 'units', units: decodeNames('--unit', typed.unit, findFaultWithUnit, usage) }
  if (typed.containers === false) return { kind: 'host' }
  return decodeContainers(typed, operands.length > 1 ? undefined : selector, usage)
}

/** Returns what to type instead, where a command was typed as strace has it. */
export function toTrace(command: readonly string[]): string {
  return `to trace a command: swoll trace -- ${command.join(' ')}`
}

function decodeContainers(typed: TypedOptions, selector: string | undefined, usage: Usage): TargetSelection {
  const { labelSelector } = typed
  if (selector !== undefined && labelSelector !== undefined)
    usage.refuse('--label-selector', `must not be given twice, got "${selector}" and "${labelSelector}"`)
  return {
    kind: 'containers',
    namespaces: usage.words('--namespace', typed.namespace),
    pods: decodePods(typed.pod, usage),
    containers: decodeNames('--container', typed.container, findFaultWithContainer, usage),
    labels: checkSelector('label selector', decodeLabelSelector, selector ?? labelSelector, usage),
    fields: checkSelector('--field-selector', decodeFieldSelector, typed.fieldSelector, usage),
    ...(typed.optedOut && { withOptedOut: true }),
    isFollowing: typed.follow ?? true,
  }
}

function decodeNames(
  option: string,
  given: readonly string[] | undefined,
  findFault: (text: string) => string | undefined,
  usage: Usage,
): readonly string[] {
  const words = usage.words(option, given)
  for (const word of words) {
    const rule = findFault(word)
    if (rule !== undefined) usage.refuse(option, `${rule}, got "${word}"`)
  }
  return words
}

/** A number is a process, as strace has it, and hardly ever a pod. */
function decodePods(given: readonly string[] | undefined, usage: Usage): readonly string[] {
  const words = usage.words('--pod', given)
  const pids = words.filter(word => /^\d+$/.test(word)).join(',')
  if (pids !== '')
    usage.refuse(
      '--pod',
      `must be names of pods, got "${pids}"; for a process give --pid ${pids}, for a pod of this name -f metadata.name=${pids}`,
    )
  return words
}

/** The kinds of target that were asked for, by what was typed. */
function givenKinds(
  typed: TypedOptions,
  selector: string | undefined,
  command: readonly string[] | undefined,
): string[] {
  const containers = [
    [selector, 'a label selector'],
    [typed.labelSelector, '--label-selector'],
    [typed.fieldSelector, '--field-selector'],
    [typed.namespace, '--namespace'],
    [typed.pod, '--pod'],
    [typed.container, '--container'],
  ] as const
  const others = [
    [typed.containers === false ? true : undefined, '--no-containers'],
    [typed.unit, '--unit'],
    [typed.cgroup, '--cgroup'],
    [typed.pid, '--pid'],
    [command, 'a command'],
  ] as const
  const isGiven = ([value]: readonly [unknown, string]) => value !== undefined
  return [containers.find(isGiven), ...others.filter(isGiven)].flatMap(found => (found ? [found[1]] : []))
}

function decodePids(given: readonly string[], usage: Usage): number[] {
  return usage
    .words('--pid', given)
    .map(word => usage.integer('--pid', word, REQUEST_LIMITS.pid))
    .filter(pid => pid !== undefined)
}

/** Returns cgroup paths from the root of the hierarchy, whether or not the mount point is in front. */
function decodePaths(given: readonly string[], usage: Usage): string[] {
  return usage.words('--cgroup', given).map(word => {
    if (!word.startsWith('/'))
      usage.refuse(
        '--cgroup',
        `must be a path from the root such as "/system.slice/ssh.service", got "${word}"`,
      )
    return word.replace(CGROUP_MOUNT, '') || '/'
  })
}

function checkSelector(
  option: string,
  decode: (text: string) => unknown,
  text: string | undefined,
  usage: Usage,
): string {
  try {
    decode(text ?? '')
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error
    // In strace, -f means another thing.
    const isHabit = option === '--field-selector' && !text?.includes('=')
    usage.refuse(option, isHabit ? `${error.message}; ${FOLLOWED}` : error.message)
  }
  return text ?? ''
}
