/** A session over a kernel side that a test writes: one systemd unit, in cgroup 1, and what else the test puts into `tree`. */
import type { CgroupKey } from '../../../kernel/cgroups/cgroup-key.ts'
import { rootsPlace } from '../../../kernel/cgroups/place.ts'
import { CgroupRegistry } from '../../../kernel/cgroups/registry.ts'
import { ALL_EXTRAS } from '../../../syscalls/decode/copies.ts'
import type { JobSpec } from '../../../trace/requests/jobs.ts'
import type { WaitLimits } from '../../../trace/session/decider.ts'
import { TraceSession } from '../../../trace/session/session.ts'
import { fakeClock } from '../../kit/clock.ts'
import { FakeTracing } from './fake-tracing.ts'

export const SECOND = 1_000_000_000n

export function fakeSession(limits: Partial<WaitLimits> = {}, isWholeTree = true) {
  const tracing = new FakeTracing()
  const tree = new Map<CgroupKey, string>([[1, '/system.slice/ssh.service']])
  const state = { nowNs: 5000n }
  const clock = fakeClock()
  const registry = new CgroupRegistry({
    nowMs: () => Number(state.nowNs / 1_000_000n),
    pathOf: key => tree.get(key),
    uidOf: () => undefined,
    *walk() {
      for (const [key, path] of tree) yield { key, place: rootsPlace(path) }
    },
    isWholeTree,
  })
  const monotonicNs = () => state.nowNs
  const extras = ALL_EXTRAS
  const session = new TraceSession({ tracing, registry, clock, monotonicNs, arch: 'x64', extras, limits })
  return { tracing, tree, state, clock, session }
}

export const everything = (more: Partial<JobSpec> = {}): JobSpec => ({
  name: 'j',
  wantsCall: () => true,
  wants: () => 'yes',
  ...more,
})
