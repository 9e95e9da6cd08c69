/** `swoll controller`: makes Trace resources true until told to stop. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { createAgentApi } from '../../controller/agent-client.ts'
import type { AgentDirectory } from '../../controller/agents.ts'
import { type ClusterApi, createClusterApi } from '../../controller/cluster-api.ts'
import { Controller } from '../../controller/controller.ts'
import { foundAgents, givenAgents } from '../../controller/directory.ts'
import { JOBS, MANAGED_BY, TRACES } from '../../controller/kinds.ts'
import { Leader } from '../../controller/leader.ts'
import { type ControllerMetrics, createMetrics } from '../../controller/metrics.ts'
import type { ReaderJob } from '../../controller/reader-job.ts'
import type { Trace } from '../../controller/resource.ts'
import { ApiClient } from '../../kubernetes/client/api-client.ts'
import { ListWatch } from '../../kubernetes/client/list-watch.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { healthRoutes } from '../../pipeline/http/health-routes.ts'
import { Services } from '../../pipeline/services.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { createAgentAccess, openAccess } from '../controller/access.ts'
import { listenForAlerts } from '../controller/alerts.ts'
import type { ControllerSettings } from '../controller/decode-options.ts'
import { describeAgent } from '../describe-agent.ts'
import { createLogger } from '../logger.ts'
import { onStopSignal } from '../signals.ts'
import { flushStderr } from '../stderr.ts'
import { startOwnMetrics } from '../telemetry.ts'

/** Resolves when it has stopped in order, and given back the Lease. A second wish to stop calls `exitNow`. */
export async function runController(settings: ControllerSettings, exitNow: () => void): Promise<void> {
  const log = createLogger(settings.logs)
  const stop = new AbortController()
  const onStop = (signal: string) => {
    log.info({ signal }, 'Stopping')
    stop.abort()
  }
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(flushStderr)
  cleanup.defer(onStopSignal(onStop, exitNow))
  const controller = await start(settings, { log, cleanup })
  log.info(
    { agents: settings.endpoints.length > 0 ? settings.endpoints : settings.service },
    'The controller has started',
  )
  if (!stop.signal.aborted) await once(stop.signal, 'abort')
  controller.stopping()
}

interface Process {
  readonly log: Logger
  readonly cleanup: AsyncDisposableStack
}

async function start(settings: ControllerSettings, { log, cleanup }: Process) {
  const client = new ApiClient(await openAccess(settings))
  cleanup.defer(() => client.close())
  const services = new Services()
  const host = { service: services.lease }
  const parts: { controller?: Controller; isStopping: boolean } = { isStopping: false }
  const routes = healthOf(() => problemOf(parts))
  const plan = { level: 'normal', listeners: [settings.metrics] } as const
  const own = await startOwnMetrics(
    { logs: settings.logs, metrics: plan, resource: { 'service.name': 'swoll-controller' } },
    describeAgent(log),
    { host, log, routes, place: '--metrics-addr' },
  )
  cleanup.defer(own.shutdown)
  const metrics = createMetrics(own.meter)
  const api = createClusterApi({
    client,
    clock: systemClock,
    onRequest: (verb, { resource }, status) => metrics.asked(verb, resource, status),
  })
  const controller = await createController(settings, { client, api, metrics, log })
  parts.controller = controller
  if (settings.alerts) {
    const traces = () => controller.traces()
    const listening = { settings: settings.alerts, api, traces, metrics, host, log, meter: own.meter }
    const lease = await listenForAlerts(listening)
    cleanup.defer(() => lease.release(AbortSignal.abort()))
  }
  controller.start()
  cleanup.defer(() => controller.stop())
  const isLeading = elect(settings, { api, controller, log, cleanup })
  metrics.observe(() => ({ depth: controller.depth, isLeading: isLeading() }))
  return { stopping: () => void Object.assign(parts, { isStopping: true }) }
}

interface Making {
  readonly client: ApiClient
  readonly api: ClusterApi
  readonly metrics: ControllerMetrics
  readonly log: Logger
}

async function createController(
  settings: ControllerSettings,
  { client, api, metrics, log }: Making,
): Promise<Controller> {
  const { image, imagePullPolicy, serverName, service } = settings
  const access = createAgentAccess(await openAccess(settings), settings)
  await Promise.all([access.ca(), access.token()]) // what cannot be read is said now
  const clock = systemClock
  const labels = Object.entries(MANAGED_BY).map(([key, value]) => `${key}=${value}`)
  const isFound = settings.endpoints.length === 0
  const nameOfAll = serverName ?? (isFound ? `${service.name}.${service.namespace}.svc` : undefined)
  return new Controller({
    api,
    agentApi: createAgentApi({ access, clock, onRequest: metrics.askedAgent }),
    directory: createDirectory(settings, client, log),
    traces: new ListWatch<Trace>({ client, object: TRACES, selectors: async () => ({}), clock }),
    jobs: new ListWatch<ReaderJob>({
      client,
      object: JOBS,
      selectors: async () => ({ labelSelector: labels.join() }),
      clock,
    }),
    reader: async () => ({ image, imagePullPolicy, serverName: nameOfAll, ca: await access.ca() }),
    clock,
    log,
    onResult: metrics.reconciled,
  })
}

function createDirectory(settings: ControllerSettings, client: ApiClient, log: Logger): AgentDirectory {
  const { endpoints, isTls, serverName, service } = settings
  if (endpoints.length > 0) return givenAgents(endpoints, isTls, serverName)
  const onFailure = (error: Error) => log.warn({ error: error.message }, 'The agents could not be listed')
  return foundAgents({ client, service, serverName, clock: systemClock, onFailure })
}

type Electing = Process & { readonly api: ClusterApi; readonly controller: Controller }

/** Leads at once, or when the Lease is free. Returns whether it does. */
function elect({ lease }: ControllerSettings, { api, controller, log, cleanup }: Electing): () => boolean {
  if (!lease) {
    controller.lead()
    return () => true
  }
  const leader = new Leader({
    api,
    ...lease,
    identity: `${hostname()}_${randomUUID()}`,
    clock: systemClock,
    onGain() {
      log.info(lease, 'This controller leads')
      controller.lead()
    },
    async onLose() {
      log.info(lease, 'This controller leads no more')
      await controller.follow()
    },
    onError: error => log.warn({ error: error.message }, 'The Lease could not be had'),
  })
  leader.start()
  cleanup.defer(() => leader.stop())
  return () => leader.isLeading
}

function problemOf({
  controller,
  isStopping,
}: {
  readonly controller?: Controller
  readonly isStopping: boolean
}) {
  if (isStopping) return 'the process is stopping'
  if (!controller?.isSynced) return controller?.problem?.message ?? 'it is not known yet what there is'
  return controller.problem?.message
}

function healthOf(problem: () => string | undefined) {
  const ready = () => [{ name: 'Traces, Jobs and agents', problem: problem() }]
  const { livez, readyz } = healthRoutes({
    live: () => [{ name: 'event loop', problem: undefined }],
    ready,
    started: ready,
  })
  return [livez, readyz]
}
