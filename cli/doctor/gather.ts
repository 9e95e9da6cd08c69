/** Reads all facts that the checks of a run judge. */
import { ConfigError, formatIssues, loadConfig } from '../../otel-config/load.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import { pause } from '../../pipeline/pause.ts'
import type { Registry } from '../../pipeline/registry.ts'
import type { Facts, PrometheusFacts } from './facts.ts'
import { type Needs, noNeeds, toNeeds } from './needs.ts'
import type { DoctorOptions } from './options.ts'
import { readAgent } from './read/agent.ts'
import { readCluster } from './read/cluster.ts'
import { readHost, watchClock } from './read/host.ts'
import { readPrometheus } from './read/prometheus.ts'

/** Longest that the API server may take. */
const CLUSTER_MS = 15_000
/** Least time for which the clock is watched. */
const WATCH_MS = 1000

/** The needs of the configuration, or what is wrong with it. */
export async function readNeeds(sources: readonly string[], registry: Registry): Promise<Needs> {
  try {
    const { plan } = await loadConfig({ sources, registry })
    return toNeeds(plan, sources)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return noNeeds(
      sources,
      error.issues.map(issue => formatIssues([issue])),
    )
  }
}

export async function gather(options: DoctorOptions, needs: Needs): Promise<Facts> {
  const step = watchClock()
  using deadline = startDeadline(CLUSTER_MS)
  // The agent first: loading programs and looking at processes is work that its figures are not to show.
  const agent =
    options.agent &&
    (await readAgent({ ...options, url: options.agent, isNamed: options.isAgentNamed, needs }))
  const [prometheus, cluster] = await Promise.all([
    askPrometheus(options, needs),
    readCluster(needs, deadline.signal),
  ])
  const host = await readHost(needs)
  await pause(systemClock, Math.max(0, WATCH_MS - step().watchedMs))
  return { needs, agent, prometheus, cluster, host: { ...host, clock: { ...host.clock, ...step() } } }
}

async function askPrometheus(
  { prometheus }: DoctorOptions,
  { listeners }: Needs,
): Promise<PrometheusFacts | undefined> {
  if (prometheus === undefined) return undefined
  const ports = listeners.filter(({ place }) => place.startsWith('exporters')).map(({ port }) => String(port))
  return readPrometheus(
    prometheus,
    url => ports.includes(url.port) || url.hostname.includes('swoll'),
    Number(systemClock.unixNano() / 1_000_000n),
  )
}
