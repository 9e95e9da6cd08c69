/** The short form of `swoll doctor` that an agent logs when it has started: what limits it here, in one line, or none. */
import type { Plan } from '../../pipeline/plan.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { type Check, judge } from './check.ts'
import { cgroups } from './checks/cgroups.ts'
import { clock } from './checks/clock.ts'
import { files } from './checks/files.ts'
import { lockdown } from './checks/lockdown.ts'
import { memory } from './checks/memory.ts'
import type { StartFacts } from './facts.ts'
import { toNeeds } from './needs.ts'
import { readForStart } from './read/host.ts'

const CHECKS: readonly Check<string, StartFacts>[] = [lockdown, cgroups, memory, files, clock]

/** Logs nothing where nothing is limited, and no note: those are for who asks. */
export function sayLimits(plan: Plan, log: Logger): void {
  const needs = toNeeds(plan, [])
  if (!needs.counting && !needs.traces) return // what such an agent does is limited by nothing of this host
  const limits = limitsOf({ needs, host: readForStart(needs) })
  if (limits.length > 0) log.warn({ limits }, 'The agent is limited here; swoll doctor says what mends it')
}

/** `cgroups_partial: Only a part of the cgroups can be seen (cgroup v2 at …)`. */
export function limitsOf(facts: StartFacts): string[] {
  return CHECKS.flatMap(check => judge(check, facts))
    .filter(({ finding: { severity } }) => severity === 'warning' || severity === 'problem')
    .map(({ finding: { id, title, evidence } }) => `${id}: ${title} (${evidence})`)
}
