/** The options that say whose calls are wanted. */
import { decodeFieldSelector } from '../../kubernetes/selectors/fields.ts'
import { decodeLabelSelector, SelectorError } from '../../kubernetes/selectors/labels.ts'
import type { TargetSelection } from '../../receiver/ebpf/trace/request.ts'
import type { TypedOptions } from './options.ts'
import type { Usage } from './usage.ts'

/** Highest pid of Linux (PID_MAX_LIMIT). */
const MAX_PID = 4_194_304
const CGROUP_MOUNT = /^\/sys\/fs\/cgroup(?=\/|$)/

/** One kind of target; containers, all of them, if none is given. Processes are none yet with a command. */
export function decodeTarget(
  typed: TypedOptions,
  selector: string | undefined,
  command: readonly string[],
  usage: Usage,
): TargetSelection {
  const kinds = givenKinds(typed, selector, command)
  if (kinds.length > 1)
    usage.refuse(kinds[1]!, `must not be given together with ${kinds[0]}; one trace has one kind of target`)
  if (command.length > 0) return { kind: 'processes', pids: [] }
  if (typed.pid) return { kind: 'processes', pids: decodePids(typed.pid, usage) }
  if (typed.cgroup) return { kind: 'cgroups', paths: decodePaths(typed.cgroup, usage) }
  if (typed.unit) return { kind: 'units', units: usage.words('--unit', typed.unit) }
  if (!typed.containers) return { kind: 'host' }
  if (selector !== undefined && typed.labelSelector !== undefined)
    usage.refuse(
      '--label-selector',
      `must not be given twice, got "${selector}" and "${typed.labelSelector}"`,
    )
  return {
    kind: 'containers',
    namespaces: usage.words('--namespace', typed.namespace),
    pods: usage.words('--pod', typed.pod),
    containers: usage.words('--container', typed.container),
    labels: checkSelector('label selector', decodeLabelSelector, selector ?? typed.labelSelector, usage),
    fields: checkSelector('--field-selector', decodeFieldSelector, typed.fieldSelector, usage),
    isFollowing: typed.follow ?? true,
  }
}

/** The kinds of target that were asked for, by what was typed. */
function givenKinds(typed: TypedOptions, selector: string | undefined, command: readonly string[]): string[] {
  const containers = [
    [selector, 'a label selector'],
    [typed.labelSelector, '--label-selector'],
    [typed.fieldSelector, '--field-selector'],
    [typed.namespace, '--namespace'],
    [typed.pod, '--pod'],
    [typed.container, '--container'],
  ] as const
  const others = [
    [typed.containers ? undefined : true, '--no-containers'],
    [typed.unit, '--unit'],
    [typed.cgroup, '--cgroup'],
    [typed.pid, '--pid'],
    [command.length > 0 ? true : undefined, 'a command'],
  ] as const
  const isGiven = ([value]: readonly [unknown, string]) => value !== undefined
  return [containers.find(isGiven), ...others.filter(isGiven)].flatMap(found => (found ? [found[1]] : []))
}

function decodePids(given: readonly string[], usage: Usage): number[] {
  return usage
    .words('--pid', given)
    .map(word => usage.integer('--pid', word, { min: 1, max: MAX_PID }))
    .filter(pid => pid !== undefined)
}

/** As from the root of the hierarchy, whether or not the mount point is in front. */
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
    usage.refuse(option, error.message)
  }
  return text ?? ''
}
