/** Takes alerts and starts Traces for them. */
import { alertRoute } from '../../controller/alerts/route.ts'
import { AlertStarter } from '../../controller/alerts/starter.ts'
import { decodeTemplate } from '../../controller/alerts/template.ts'
import type { ClusterApi } from '../../controller/cluster-api.ts'
import type { ControllerMetrics } from '../../controller/metrics.ts'
import type { Trace } from '../../controller/resource.ts'
import { systemClock } from '../../pipeline/clock.ts'
import type { Host } from '../../pipeline/component.ts'
import { type ListenerLease, leaseListener } from '../../pipeline/http/lease.ts'
import type { Logger, Meter } from '../../pipeline/telemetry.ts'
import { readGiven } from './access.ts'
import type { AlertSettings } from './decode-options.ts'

interface AlertOptions {
  readonly settings: AlertSettings
  readonly api: ClusterApi
  /** Undefined: not known yet. */
  readonly traces: () => readonly Trace[] | undefined
  readonly metrics: ControllerMetrics
  readonly host: Pick<Host, 'service'>
  readonly log: Logger
  readonly meter: Meter
}

const LIMITS = { tls: undefined, headerTimeoutMs: 10_000, writeTimeoutMs: 60_000, idleTimeoutMs: 120_000 }

/** Throws USAGE_INVALID for a template that is wrong, and COMPONENT_START_FAILED where the address cannot be listened on. */
export async function listenForAlerts(options: AlertOptions): Promise<ListenerLease> {
  const { settings, api, traces, metrics, host, log, meter } = options
  const template = decodeTemplate(
    await readGiven('--alert-template', settings.templateFile),
    settings.templateFile,
  )
  const starter = new AlertStarter({
    api,
    template,
    traces,
    clock: systemClock,
    onResult(result, { fingerprint, labels: { alertname } }, why) {
      metrics.alerted(result)
      log.info({ result, alertname, fingerprint, ...(why && { why }) }, 'An alert came')
    },
  })
  const onError = (error: Error) => log.error({ error: error.message }, 'An alert could not be taken')
  const { tokenFile } = settings
  const token = async () => tokenFile && (await readGiven('--alert-token-file', tokenFile)).trim()
  await token() // now rather than with the first alert
  const route = alertRoute({ token, take: alert => starter.take(alert), onError })
  const { endpoint } = settings
  const place = '--alert-listen'
  return leaseListener(host, {
    place,
    endpoint,
    limits: LIMITS,
    routes: [route],
    onError,
    log,
    meter,
    clock: systemClock,
  })
}
