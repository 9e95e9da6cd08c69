/** `swoll collector`: runs the pipelines of a configuration until told to stop. */
import { once } from 'node:events'
import { releaseProgramMemory } from '../../native/process.ts'
import { listGates } from '../../otel-config/feature-gates.ts'
import { type ConfigSources, formatIssues, type Loaded, loadConfig } from '../../otel-config/load.ts'
import { systemClock } from '../../pipeline/clock.ts'
import type { ProcessHost } from '../../pipeline/component.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { createGraph, type Graph } from '../../pipeline/graph/graph.ts'
import { Health } from '../../pipeline/health.ts'
import { healthRoutes } from '../../pipeline/http/health-routes.ts'
import type { Inside } from '../../pipeline/inside.ts'
import { LossTally } from '../../pipeline/loss-tally.ts'
import type { Registry } from '../../pipeline/registry.ts'
import { Services } from '../../pipeline/services.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { listen } from '../agent-signals.ts'
import { loadRegistry } from '../components.ts'
import { ConfigInForce } from '../config-in-force.ts'
import { ConfigWatch } from '../config-watch.ts'
import { describeAgent } from '../describe-agent.ts'
import { describePlan } from '../describe-plan.ts'
import { sayLimits } from '../doctor/at-start.ts'
import { openLogOutputs } from '../log-outputs.ts'
import { createLogger } from '../logger.ts'
import { Privileges } from '../privileges.ts'
import { Reload } from '../reload.ts'
import { ServiceManager } from '../service-manager.ts'
import { SettledMemory } from '../settled-memory.ts'
import { shutDown } from '../shut-down.ts'
import { flushStderr } from '../stderr.ts'
import { startOwnMetrics } from '../telemetry.ts'
import { readVersion } from '../version.ts'

/**
 * The exit code: 0 after a stop in time that delivered everything; 1 if a component failed, was not done within
 * `service::shutdown_timeout`, or could not deliver what it held. Rejects when the configuration is wrong or a component cannot
 * start; whatever had been started is stopped by then. A second wish to stop calls `exitNow`.
 */
export async function runCollector(sources: ConfigSources, exitNow: () => void): Promise<0 | 1> {
  const registry = await loadRegistry()
  const watch = new ConfigWatch(systemClock)
  const load = loaderOf(sources, registry, watch)
  const loaded = await load()
  const { plan } = loaded
  const { log, outputs } = openLog(loaded)
  const stop = new AbortController()
  const inForce = new ConfigInForce(registry, loaded.root)
  const reload = new Reload({ load, log, applied: ({ root }) => inForce.replace(root) })
  const unlisten = listen({ log, stop, exitNow, reload: reload.ask })
  using _ = sources.isWatched ? startWatch(watch, log, () => stop.signal.aborted || reload.ask()) : undefined
  const agent = createAgent(log, stop, inForce.show)
  const { livez, readyz } = healthRoutes(agent.health)
  const routes = [livez, readyz]
  const own = await startOwnMetrics(plan.telemetry, describeAgent(log), { host: agent.host, log, routes })
  const losses = new LossTally()
  const host = { ...agent.host, inside: insideOf(sources, own.measure) }
  try {
    const meter = losses.watch(own.meter)
    const graph = createGraph(plan, { registry, log, meter, host, services: agent.services })
    if (!(await start(graph, agent))) return 0
    if (plan.dropsCapabilities) agent.privileges.reduce(log)
    sayLimits(plan, log)
    log.info(describePlan(plan, own.urls), 'Everything is ready')
    await run(agent, () => reload.begin({ ...agent, plan, graph, stop: stop.signal }))
    await reload.settled()
    agent.health.state = 'stopping'
    agent.manager.stopping()
    if (agent.failure) log.error({ error: agent.failure }, 'Stopping: a component failed')
    const isClean = await shutDown({ graph, timeoutMs: reload.shutdownTimeoutMs, losses, log })
    return isClean && !agent.failure ? 0 : 1
  } finally {
    agent.manager.close()
    await own.shutdown()
    await outputs.close()
    await flushStderr()
    unlisten()
  }
}

/** Reads the configuration; where it is to be watched, so that its files are from then on. */
function loaderOf(sources: ConfigSources, registry: Registry, watch: ConfigWatch): () => Promise<Loaded> {
  const options = { ...sources, registry, env: process.env }
  if (!sources.isWatched) return () => loadConfig(options)
  return () => watch.follow(noteFile => loadConfig({ ...options, noteFile }))
}

/** Has the configuration applied when one of its files changes, until the end of its user. */
function startWatch(watch: ConfigWatch, log: Logger, apply: () => void): Disposable {
  if (watch.files.length === 0)
    log.warn({}, '--watch-config: no file is there to watch, since the configuration comes from none')
  const stop = watch.start(files => {
    log.info({ files }, 'Applying the configuration: files have changed')
    apply()
  })
  return { [Symbol.dispose]: stop }
}

/** The log, with the warnings about the configuration in it. */
function openLog({ plan, warnings }: Loaded) {
  const outputs = openLogOutputs(plan.telemetry.logs)
  const log = createLogger(plan.telemetry.logs, outputs)
  for (const warning of warnings) log.warn({}, formatIssues([warning]))
  return { log, outputs }
}

/** The process, as its components and its minders see it. */
interface Agent {
  readonly host: ProcessHost
  readonly services: Services
  readonly privileges: Privileges
  readonly health: Health
  readonly manager: ServiceManager
  readonly memory: SettledMemory
  /** Aborted by a signal, and by the first failure. */
  readonly stop: AbortController
  /** The error of the component that cannot go on. */
  failure: Error | undefined
}

function createAgent(log: Logger, stop: AbortController, showConfig: ProcessHost['showConfig']): Agent {
  const privileges = new Privileges()
  const health = new Health(systemClock)
  const services = new Services()
  const isLive = () => health.live().every(({ problem }) => problem === undefined)
  const manager = new ServiceManager({ env: process.env, clock: systemClock, log, isLive })
  const host: ProcessHost = {
    report(status, cause) {
      if (status !== 'fatal') return
      agent.failure ??= cause ?? new SwollError('COMPONENT_FAILED', 'a component failed without saying why')
      stop.abort()
    },
    retain: privileges.retain,
    expectBeats: health.expectBeats,
    showConfig,
    service: services.lease,
    health,
  }
  const memory = new SettledMemory(systemClock, releaseProgramMemory)
  const agent: Agent = { host, services, privileges, health, manager, memory, stop, failure: undefined }
  return agent
}

/** False: told to stop before everything had started. */
async function start(graph: Graph, agent: Agent): Promise<boolean> {
  try {
    await graph.start(agent.stop.signal)
    return true
  } catch (error) {
    if (agent.stop.signal.aborted && agent.failure === undefined) return false
    throw error
  }
}

/** Resolves when the agent is to stop. */
async function run({ health, manager, memory, stop }: Agent, begin: () => void): Promise<void> {
  health.state = 'running'
  manager.ready()
  memory.busy()
  begin()
  if (!stop.signal.aborted) await once(stop.signal, 'abort')
  memory.stop()
}

/** What pages about this process say of it. */
function insideOf({ isAppending = false }: ConfigSources, measure: Inside['measure']): Inside {
  const gates = listGates({ 'confmap.enableMergeAppendOption': isAppending })
  return { version: readVersion(), gates, measure }
}
