import { missingCapabilities } from '../../../kernel/requirements.ts'
import { defineCheck } from '../check.ts'
import type { HostFacts } from '../facts.ts'

type Place = HostFacts['place']

const GIVE: Readonly<
  Record<Place, (isRoot: boolean) => { remedy: string; commands?: string[]; setting?: string }>
> = {
  kubernetes: () => ({
    remedy: 'Allow them in the container of the DaemonSet, as the chart does.',
    setting: 'securityContext:\n  capabilities: {drop: [ALL], add: [BPF, PERFMON]}',
  }),
  container: () => ({
    remedy: 'Allow them to the container.',
    commands: ['docker run --cap-add BPF --cap-add PERFMON …'],
  }),
  systemd: () => ({
    remedy: 'Allow them to the unit: systemctl edit swoll.',
    setting: '[Service]\nAmbientCapabilities=CAP_BPF CAP_PERFMON\nCapabilityBoundingSet=CAP_BPF CAP_PERFMON',
  }),
  shell: isRoot =>
    isRoot
      ? { remedy: 'Root here has lost them, as in a container: allow them where it was started.' }
      : { remedy: 'Run it as root; it gives up what it does not need.', commands: ['sudo swoll doctor'] },
}

function maskOf(status: string, set: string): bigint {
  return BigInt(`0x${new RegExp(`^${set}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`)
}

const BITS: Readonly<Record<string, bigint>> = { CAP_BPF: 1n << 39n, CAP_PERFMON: 1n << 38n }

/** In which sets they are, which says how far away they are. */
function describeSets(status: string, missing: readonly string[]): string {
  const isIn = (set: string) => missing.every(name => (maskOf(status, set) & BITS[name]!) !== 0n)
  if (isIn('CapPrm')) return 'permitted, but not effective'
  return isIn('CapBnd')
    ? 'in the bounding set, so they can be given'
    : 'not in the bounding set: nothing below can get them'
}

export const capabilities = defineCheck({
  name: 'capabilities',
  asks: 'Whether this process may load programs: it takes CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN',
  entries: {
    capabilities_missing: {
      severity: 'problem',
      title: 'Capabilities are missing',
      consequence: 'An agent that is started like this command cannot load its programs.',
      remedy: 'Run it as root, or grant the capabilities.',
    },
  },
  judge({ host: { status, place, isRoot, platform }, needs: { counting, traces, issues } }) {
    if (platform !== 'linux' || (!counting && !traces && issues.length === 0)) return undefined
    const missing = missingCapabilities(status)
    if (missing.length === 0) return 'CAP_BPF and CAP_PERFMON are effective'
    const evidence = `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not effective; ${describeSets(status, missing)}`
    return [{ id: 'capabilities_missing', evidence, ...GIVE[place](isRoot) }]
  },
})
