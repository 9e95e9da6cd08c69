import { defineCheck } from '../check.ts'
import type { StartFacts } from '../facts.ts'

export const cgroups = defineCheck({
  name: 'cgroups',
  asks: 'Which hierarchy of cgroups names the containers, and whether all of it can be seen',
  entries: {
    cgroups_missing: {
      severity: 'problem',
      title: 'No cgroup hierarchy can be used',
      consequence: 'Nobody could say whose a call is; the agent does not start.',
      remedy:
        "Mount one; in a container, mount the host's /sys/fs/cgroup and name it in cgroup_path or root_path of the ebpf receiver.",
    },
    cgroups_partial: {
      severity: 'warning',
      title: 'Only a part of the cgroups can be seen',
      consequence:
        'Containers and services outside of that part have no names: their calls go to `unresolved`.',
      remedy:
        "Run the agent in the host's cgroup namespace (docker run --cgroupns host), or mount the host's /sys/fs/cgroup and name it in cgroup_path of the ebpf receiver.",
    },
    cgroups_v1: {
      severity: 'note',
      title: 'This host has cgroup v1 alone',
      consequence:
        'Containers are found by one of its controllers. systemd 258 and Kubernetes 1.35 have given it up.',
      remedy: 'Boot with systemd.unified_cgroup_hierarchy=1, unless something here needs v1.',
    },
  },
  judge({ host: { cgroups: facts }, needs: { counting, traces, issues } }: StartFacts) {
    if (!counting && !traces && issues.length === 0) return undefined
    if (facts.error !== undefined)
      return [
        {
          id: 'cgroups_missing',
          evidence: facts.error,
          ...(facts.error.startsWith('cgroup file system') && {
            fix: { command: 'mount', args: ['-t', 'cgroup2', 'cgroup2', '/sys/fs/cgroup'] },
          }),
        },
      ]
    if (facts.version === undefined) return undefined
    const where = `cgroup v${facts.version}${facts.controller ? ` (${facts.controller})` : ''} at ${facts.mountPoint}`
    if (facts.isWhole === false)
      return [
        {
          id: 'cgroups_partial',
          evidence: `${where} is a part of the hierarchy, or in a namespace of its own`,
        },
      ]
    if (facts.version === 1) return [{ id: 'cgroups_v1', evidence: `${where}, and no v2` }]
    return facts.v1 === undefined ? where : `${where}; v1 at ${facts.v1} for containers that v2 does not know`
  },
})
