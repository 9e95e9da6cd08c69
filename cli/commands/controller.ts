/** `swoll controller`: makes Trace resources true until told to stop. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { type ClusterApi, createClusterApi } from '../../controller/cluster-api.ts'
import type { Controller } from '../../controller/controller.ts'
import { Leader } from '../../controller/leader.ts'
import { createMetrics } from '../../controller/metrics.ts'
import { ApiClient } from '../../kubernetes/client/api-client.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { Services } from '../../pipeline/services.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { openAccess } from '../controller/access.ts'
import { listenForAlerts } from '../controller/alerts.ts'
import { createController } from '../controller/create.ts'
import type { ControllerSettings } from '../controller/decode-options.ts'
import { controllerHealth, type Parts } from '../controller/health.ts'
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
  const client = await openClient(settings, cleanup)
  const services = new Services()
  const host = { service: services.lease }
  const parts: Parts = { isStopping: false }
  const routes = controllerHealth(parts)
  const plan = { level: 'normal', listeners: [settings.metrics] } as const
  const own = await startOwnMetrics(
    { logs: settings.logs, metrics: plan, resource: { 'service.name': 'swoll-controller' } },
    describeAgent(log),
    { host, log, routes, place: '--metrics-addr' },
  )
  cleanup.defer(own.shutdown)
  const metrics = createMetrics(own.meter)
  const onRequest: Asked = (verb, { resource }, status) => metrics.asked(verb, resource, status)
  const api = createClusterApi({ client, clock: systemClock, onRequest })
  const controller = await createController(settings, { client, api, metrics, log })
  parts.controller = controller
  if (settings.alerts) {
    const traces = () => (controller.isSynced ? controller.traces() : undefined)
    const listening = { settings: settings.alerts, api, traces, metrics, host, log, meter: own.meter }
    const lease = await listenForAlerts(listening)
    cleanup.defer(() => lease.release(AbortSignal.abort()))
  }
  controller.start()
  cleanup.defer(() => controller.stop())
  // By connections of its own: writes that a slow webhook holds up must not cost the Lease.
  const leasing = { client: await openClient(settings, cleanup), clock: systemClock, onRequest }
  const isLeading = elect(settings, { api: createClusterApi(leasing), controller, log, cleanup })
  metrics.observe(() => ({ depth: controller.depth, isLeading: isLeading() }))
  return { stopping: () => void Object.assign(parts, { isStopping: true }) }
}

type Asked = Parameters<typeof createClusterApi>[0]['onRequest']

async function openClient(settings: ControllerSettings, cleanup: AsyncDisposableStack): Promise<ApiClient> {
  const client = new ApiClient(await openAccess(settings))
  cleanup.defer(() => client.close())
  return client
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
