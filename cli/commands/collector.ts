/** `swoll collector`: runs the pipelines of a configuration until told to stop. */
import { releaseProgramMemory } from '../../native/process.ts'
import { formatIssues, loadConfig } from '../../otel-config/load.ts'
import { systemClock } from '../../pipeline/clock.ts'
import type { Host } from '../../pipeline/component.ts'
import { type Endpoint, formatEndpoint } from '../../pipeline/config.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { createGraph } from '../../pipeline/graph.ts'
import { Health } from '../../pipeline/health.ts'
import { livezRoute, readyzRoute } from '../../pipeline/http/health-routes.ts'
import { LossTally } from '../../pipeline/loss-tally.ts'
import type { Plan } from '../../pipeline/plan.ts'
import { Services } from '../../pipeline/services.ts'
import { listen } from '../agent-signals.ts'
import { loadRegistry } from '../components.ts'
import { describeAgent } from '../describe-agent.ts'
import { createLogger } from '../logger.ts'
import { Privileges } from '../privileges.ts'
import { ServiceManager } from '../service-manager.ts'
import { shutDown } from '../shut-down.ts'
import { flushStderr } from '../stderr.ts'
import { startOwnMetrics } from '../telemetry.ts'

/** By then everything has run once: collections, exporters, a scrape. */
const SETTLED_MS = 15_000

/**
 * The exit code: 0 after a stop in time that delivered everything; 1 if a component failed, was not done within
 * `service::shutdown_timeout`, or could not deliver what it held. Rejects when the configuration is wrong or a component cannot
 * start; whatever had been started is stopped by then. A second wish to stop calls `exitNow`.
 */
export async function runCollector(locations: readonly string[], exitNow: () => void): Promise<0 | 1> {
  const registry = await loadRegistry()
  const load = () => loadConfig({ sources: locations, registry, env: process.env })
  const { plan, warnings } = await load()
  const log = createLogger(plan.telemetry.logs)
  for (const warning of warnings) log.warn({}, formatIssues([warning]))

  const stop = new AbortController()
  let failure: Error | undefined
  const report: Host['report'] = (status, cause) => {
    if (status !== 'fatal') return
    failure ??= cause ?? new SwollError('COMPONENT_FAILED', 'a component failed without saying why')
    stop.abort()
  }
  const unlisten = listen({ log, stop, exitNow, load })
  const privileges = new Privileges()
  const health = new Health(systemClock)
  const routes = [livezRoute(health), readyzRoute(health)]
  const services = new Services()
  const ownHost = { service: services.lease }
  const own = await startOwnMetrics(plan.telemetry, describeAgent(log), { host: ownHost, log, routes })
  const losses = new LossTally()
  const isLive = () => health.live().every(({ problem }) => problem === undefined)
  const manager = new ServiceManager({ env: process.env, clock: systemClock, log, isLive })
  try {
    const host: Host = {
      report,
      retain: privileges.retain,
      expectBeats: health.expectBeats,
      service: services.lease,
      health,
    }
    const meter = losses.watch(own.meter)
    const graph = createGraph(plan, { registry, log, meter, host })
    try {
      await graph.start(stop.signal)
    } catch (error) {
      if (stop.signal.aborted && failure === undefined) return 0
      throw error
    }
    if (plan.dropsCapabilities) privileges.reduce(log)
    health.state = 'running'
    log.info(describePlan(plan, own.urls), 'Everything is ready')
    manager.ready()
    const stayLarge = systemClock.after(SETTLED_MS, releaseProgramMemory)
    await aborted(stop.signal)
    stayLarge()
    health.state = 'stopping'
    manager.stopping()
    if (failure !== undefined) log.error({ error: failure }, 'Stopping: a component failed')
    const isClean = await shutDown({ graph, timeoutMs: plan.shutdownTimeoutMs, losses, log })
    return isClean && failure === undefined ? 0 : 1
  } finally {
    manager.close()
    await own.shutdown()
    await flushStderr()
    unlisten()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** What runs, and where to reach it: the endpoints of the exporters in use, as configured. */
function describePlan(plan: Plan, ownMetrics: readonly string[]): Record<string, unknown> {
  const used = new Set(plan.pipelines.flatMap(pipeline => pipeline.exporters))
  const endpoints: Record<string, string> = {}
  for (const id of used) {
    const { endpoint } = (plan.exporters.get(id)?.config ?? {}) as { endpoint?: Endpoint }
    if (endpoint !== undefined) endpoints[id] = formatEndpoint(endpoint)
  }
  return { pipelines: plan.pipelines.map(pipeline => pipeline.id), endpoints, ownMetrics }
}
