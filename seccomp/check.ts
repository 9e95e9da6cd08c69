/** What would become of what was seen under a profile. */
import { describeSubject, type Subject } from './api/observation.ts'
import type { EnforcedProfile } from './enforced.ts'
import { RUNTIME_CALLS } from './runtime-calls.ts'

interface Finding {
  readonly abi: string
  readonly name: string
  readonly calls: number
  /** Who made it. */
  readonly of: readonly string[]
}

export interface CheckResult {
  /** Seen, and the profile denies it. */
  readonly denied: readonly Finding[]
  /** Seen, and allowed or not by its arguments, or by what the container may do. */
  readonly depends: readonly Finding[]
  /** Allowed, and not seen. */
  readonly unused: readonly string[]
  /** Of what runtimes need, all that the profile denies: not seen, and so no reason to fail. */
  readonly lacksForRuntime: readonly string[]
}

/** Calls that are known to be the runtime's before the program do not count: the filter is not there yet. */
export function check(profile: EnforcedProfile, subjects: readonly Subject[]): CheckResult {
  const found = new Map<string, { abi: string; name: string; calls: number; of: Set<string> }>()
  for (const subject of subjects)
    for (const { abi, name, calls, setup } of subject.calls) {
      if (calls <= setup) continue
      const key = `${name} ${abi}`
      const finding = found.get(key) ?? { abi, name, calls: 0, of: new Set() }
      finding.calls += calls - setup
      finding.of.add(describeSubject(subject))
      found.set(key, finding)
    }
  const all = [...found.values()]
    .map(each => ({ ...each, of: [...each.of].sort() }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.abi, b.abi))
  const seen = new Set(all.map(({ name }) => name))
  return {
    denied: all.filter(({ abi, name }) => profile.verdict(abi, name) === 'denied'),
    depends: all.filter(({ abi, name }) => profile.verdict(abi, name) === 'depends'),
    unused: profile.allowed.filter(name => !seen.has(name)),
    lacksForRuntime: RUNTIME_CALLS.filter(
      name => !seen.has(name) && profile.verdict(nativeOf(subjects), name) === 'denied',
    ),
  }
}

function nativeOf(subjects: readonly Subject[]): string {
  const abis = new Set(subjects.flatMap(({ calls }) => calls.map(({ abi }) => abi)))
  return abis.has('arm64') ? 'arm64' : 'x86_64'
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
