import { defineCheck, type Said } from '../check.ts'
import type { Attempt, HostFacts } from '../facts.ts'

const EPERM = 1
const PROFILE =
  'Container profiles of seccomp forbid bpf(2) unless CAP_BPF is given when the container is made. Give the container a profile that allows it.'

/** A filter of seccomp is on this process (Seccomp: 2 in its status). */
const isFiltered = (status: string) => /^Seccomp:\s+2$/m.test(status)

function refusal(
  { status, lockdown }: HostFacts,
  what: 'counting' | 'tracing',
  { error = '', errno }: Attempt,
) {
  const evidence = `${what}: ${error}`
  if (what === 'tracing' && lockdown === 'confidentiality') return undefined // said by the check of lockdown
  if (errno === EPERM && isFiltered(status))
    return {
      id: 'bpf_forbidden' as const,
      evidence: `${evidence}; a seccomp filter is on this process`,
      setting: 'securityContext:\n  seccompProfile: {type: Unconfined}',
    }
  return { id: errno === EPERM ? ('bpf_refused' as const) : ('programs_refused' as const), evidence }
}

type Id = 'bpf_forbidden' | 'bpf_refused' | 'programs_refused' | 'capabilities_kept'

function sayKept({ keeps = [], hasCgroupNames }: Attempt): Said<Id>[] {
  const evidence = `after the start it keeps ${keeps.join('; ')}${hasCgroupNames ? '' : ' (names of new cgroups are withheld)'}`
  return keeps.length > 0 ? [{ id: 'capabilities_kept', evidence }] : []
}

export const programs = defineCheck<Id>({
  name: 'programs',
  asks: 'Whether the kernel takes the programs of the configuration: they are loaded, and let go of at once',
  entries: {
    bpf_forbidden: {
      severity: 'problem',
      title: 'A seccomp filter forbids bpf(2)',
      consequence: 'The agent cannot load its programs, whatever its capabilities.',
      remedy: PROFILE,
    },
    bpf_refused: {
      severity: 'problem',
      title: 'The kernel does not let this process use bpf(2)',
      consequence: 'The agent cannot load its programs.',
      remedy:
        'Look for a security module: `dmesg | grep -i -e denied -e lockdown`, SELinux (`ausearch -m avc`), AppArmor. In a user namespace BPF is not to be had: run it outside.',
    },
    programs_refused: {
      severity: 'problem',
      title: 'The kernel refuses the programs',
      consequence: 'The agent does not start.',
      remedy:
        'The line says what the kernel had against them; Linux 6.1, 6.12 and 6.18 are tried with every change.',
    },
    capabilities_kept: {
      severity: 'note',
      title: 'This kernel makes the agent keep a capability',
      consequence: 'It would be worth a little more to who took over the agent.',
      remedy: 'Linux 5.19 and later need none after the start.',
    },
  },
  judge({ host }) {
    const tried = Object.entries(host.programs) as [keyof HostFacts['programs'], Attempt][]
    if (tried.length === 0) return undefined
    const refused = tried.flatMap(([what, attempt]) =>
      attempt.error === undefined ? [] : (refusal(host, what, attempt) ?? []),
    )
    if (refused.length > 0) return refused
    const kept = tried.flatMap(([, attempt]) => (attempt.error === undefined ? sayKept(attempt) : []))
    if (kept.length > 0) return kept
    return tried
      .filter(([, { error }]) => error === undefined)
      .map(([what, { ms }]) => `${what} loaded in ${ms} ms`)
      .join(', ')
  },
})
