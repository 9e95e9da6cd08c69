/** What people are told of observations, profiles and comparisons. */
import {
  describeSubject,
  GAPS,
  type GapReason,
  type Observation,
  type Subject,
} from '../../seccomp/api/observation.ts'
import type { CheckResult } from '../../seccomp/check.ts'
import type { Denial } from '../../seccomp/denials.ts'
import type { Change } from '../../seccomp/diff.ts'
import { libseccompOf } from '../../seccomp/libseccomp.ts'
import type { ProfilePlan } from '../../seccomp/profile.ts'
import { toTable } from '../table.ts'

/** Names that a warning lists. */
const SHOWN = 20

/** Lines about what may be missing; none: nothing may. */
export function describeGaps({ subjects, omitted }: Pick<Observation, 'subjects' | 'omitted'>): string[] {
  const counts = new Map<GapReason, number>()
  for (const { gaps } of subjects)
    for (const { reason, count = 1 } of gaps) counts.set(reason, Math.max(counts.get(reason) ?? 0, count))
  const lines = [...counts].map(([reason, count]) => `may lack calls: ${GAPS[reason]} (${count})`)
  return omitted > 0 ? [...lines, `${omitted} containers or units are left out, for want of room`] : lines
}

export function describePlan(plan: ProfilePlan, subjects: readonly Subject[]): string[] {
  const { allowed, setup, denied, unnamed, instances, nodes, sinceMs, untilMs } = plan
  const names = (why: string) => allowed.filter(each => each.why === why).map(({ name }) => name)
  const window = `${new Date(sinceMs).toISOString()} to ${new Date(untilMs).toISOString()}`
  const of = [...new Set(subjects.map(describeSubject))]
  const late = allowed.flatMap(({ name }) => {
    const version = libseccompOf(name)
    return version === undefined ? [] : [`${name} (${version})`]
  })
  return [
    `${list(of)}: ${allowed.length} calls, seen from ${window} in ${instances} instances on ${list(nodes)}`,
    told('only at the start', names('start')),
    told('at the start, perhaps of the runtime alone; --without-setup leaves them out', names('setup')),
    told('not seen, for the container runtime; --no-runtime leaves them out', names('runtime')),
    told('left out, of the runtime before the program', setup),
    told('left out, only seen denied', denied),
    told('left out, numbers without a name', unnamed),
    told('need a libseccomp of at least this version, or are denied', late),
    told(
      'allows what io_uring can do instead of calls',
      names('seen').concat(names('start')).filter(isUring),
    ),
  ].filter(line => line !== '')
}

const isUring = (name: string) => name === 'io_uring_enter' || name === 'io_uring_setup'

function told(what: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${what}: ${list(names)}`
}

function list(names: readonly string[]): string {
  const more = names.length - SHOWN
  return more > 0 ? `${names.slice(0, SHOWN).join(', ')} and ${more} more` : names.join(', ')
}

export function changesTable(changes: readonly Change[]): string {
  return toTable(
    ['CHANGE', 'SYSCALL', 'ABI', 'CALLS'],
    changes.map(({ kind, name, abi, calls }) => [kind, name, abi, `${calls}`]),
  )
}

export function checkTable({ denied, depends, unused, lacksForRuntime }: CheckResult): string {
  const row = (verdict: string) => (each: CheckResult['denied'][number]) => [
    verdict,
    each.name,
    each.abi,
    `${each.calls}`,
    list(each.of),
  ]
  const bare = (verdict: string) => (name: string) => [verdict, name, '-', '0', '-']
  return toTable(
    ['VERDICT', 'SYSCALL', 'ABI', 'CALLS', 'OF'],
    [
      ...denied.map(row('denied')),
      ...depends.map(row('depends')),
      ...lacksForRuntime.map(bare('denied to the runtime')),
      ...unused.map(bare('unused')),
    ],
  )
}

export function denialsTable(denials: readonly Denial[]): string {
  return toTable(
    ['NAMESPACE', 'WORKLOAD', 'CONTAINER', 'NODE', 'SYSCALL', 'ERRNO', 'COUNT'],
    denials.map(({ namespace, workload, pod, container, unit, nodes, name, errno, calls }) => [
      namespace ?? '-',
      workload ?? pod ?? '-',
      container ?? unit ?? '-',
      list(nodes),
      name,
      errno || '-',
      `${calls}`,
    ]),
  )
}
