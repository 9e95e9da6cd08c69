import { defineCheck } from '../check.ts'

export const runtime = defineCheck({
  name: 'container runtime',
  asks: 'Which container runtimes there are, and whether the socket that the configuration names can be reached',
  entries: {
    runtime_socket_missing: {
      severity: 'problem',
      title: 'The socket of the container runtime cannot be reached',
      consequence: 'Pods have no names: `source: cri` asks the runtime for them.',
      remedy:
        'Name the right socket in cri::endpoint, mount it into the container of the agent, and let its user write to it.',
    },
  },
  judge({ host: { runtimes }, needs: { podSources } }) {
    const wanted = podSources.filter(({ source }) => source === 'cri')
    const lost = wanted.filter(
      ({ criEndpoint }) =>
        !runtimes.some(
          ({ path, isReachable }) =>
            isReachable && criEndpoint.replace('/var/run/', '/run/') === `unix://${path}`,
        ),
    )
    if (lost.length > 0)
      return lost.map(({ place, criEndpoint }) => {
        const other = runtimes.find(({ isReachable }) => isReachable)
        return {
          id: 'runtime_socket_missing' as const,
          evidence: `${place}::cri::endpoint is ${criEndpoint}; found: ${runtimes.map(({ path }) => path).join(', ') || 'none'}`,
          ...(other && { setting: `cri: {endpoint: "unix://${other.path}"}` }),
        }
      })
    if (runtimes.length === 0) return undefined // names come from cgroups; no runtime is needed
    return runtimes.map(({ name, path }) => `${name} (${path})`).join(', ')
  },
})
