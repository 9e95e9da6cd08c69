/** Starts a Trace for a firing alert, once within the time that it takes to cool down, and ends the Trace of a resolved one. */

import { ApiError } from '../../kubernetes/client/api-error.ts'
import type { Clock } from '../../pipeline/clock.ts'
import { API_VERSION, GROUP, KIND } from '../../trace/api/documents.ts'
import { type ClusterApi, isTemporary } from '../cluster-api.ts'
import { MANAGED_BY, objectOf, TRACES } from '../kinds.ts'
import type { Trace } from '../resource.ts'
import { fillIn, type Template } from './template.ts'
import type { Alert } from './webhook.ts'

const FINGERPRINT = `${GROUP}/alert`
/** Alerts that are remembered until the watch shows their Traces. */
const MOST_RECENT = 1000

export type AlertResult = 'started' | 'cooling' | 'ended' | 'ignored' | 'refused'

interface StarterOptions {
  readonly api: ClusterApi
  readonly template: Template
  /** Undefined: not known yet. */
  readonly traces: () => readonly Trace[] | undefined
  readonly clock: Clock
  readonly onResult: (result: AlertResult, alert: Alert, why?: string) => void
}

export class AlertStarter {
  readonly #options: StarterOptions
  /** When a Trace was started, by fingerprint; the oldest first. */
  readonly #recent = new Map<string, number>()

  constructor(options: StarterOptions) {
    this.#options = options
  }

  /** Rejects with ApiError where it is of use to send the alert again. */
  async take(alert: Alert): Promise<AlertResult> {
    const traces = this.#options.traces()
    if (!traces) throw new ApiError('alert: must come when all Traces are known, got it before')
    const own = traces.filter(trace => isOf(trace, alert))
    const [result, why] = alert.status === 'firing' ? await this.#start(alert, own) : await this.#end(own)
    this.#options.onResult(result, alert, why)
    return result
  }

  async #start(alert: Alert, own: readonly Trace[]): Promise<readonly [AlertResult, string?]> {
    const { api, template, clock } = this.#options
    const filled = fillIn(template, alert)
    if (typeof filled === 'string') return ['refused', filled]
    const nowMs = Number(clock.unixNano() / 1_000_000n)
    if (this.#isCooling(alert, own, nowMs)) return ['cooling']
    const { namespace, spec } = filled
    const labels = { ...template.metadata.labels, ...MANAGED_BY, [FINGERPRINT]: alert.fingerprint }
    // The same for all who take the alert in this minute.
    const name = `alert-${alert.fingerprint}-${Math.floor(nowMs / 60_000).toString(36)}`
    const { annotations } = template.metadata
    const metadata = { name, namespace, labels, ...(annotations && { annotations }) }
    try {
      await api.create({ ...TRACES, namespace }, { apiVersion: API_VERSION, kind: KIND, metadata, spec })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.status === 409) return ['cooling']
      if (isTemporary(error)) throw error
      return ['refused', error.message]
    }
    this.#remember(alert, nowMs)
    return ['started', `${namespace}/${name}`]
  }

  async #end(own: readonly Trace[]): Promise<readonly [AlertResult, string?]> {
    const { api, template } = this.#options
    const running = own.filter(({ status }) => status?.state !== 'Complete' && status?.state !== 'Failed')
    if (!template.endsOnResolved || running.length === 0) return ['ignored']
    for (const { metadata } of running) await api.delete(objectOf(TRACES, metadata), { uid: metadata.uid })
    return ['ended', running.map(({ metadata }) => metadata.name).join()]
  }

  #isCooling({ fingerprint }: Alert, own: readonly Trace[], nowMs: number): boolean {
    const { coolDownMs } = this.#options.template
    const started = own.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ''))
    const lastMs = Math.max(this.#recent.get(fingerprint) ?? 0, ...started)
    return nowMs - lastMs < coolDownMs
  }

  #remember({ fingerprint }: Alert, nowMs: number): void {
    this.#recent.delete(fingerprint)
    this.#recent.set(fingerprint, nowMs)
    if (this.#recent.size > MOST_RECENT) this.#recent.delete(this.#recent.keys().next().value!)
  }
}

/** Only in the namespace of the alert: who may create Traces in another one could forge the label. */
function isOf({ metadata }: Trace, { fingerprint, labels }: Alert): boolean {
  return metadata.labels?.[FINGERPRINT] === fingerprint && metadata.namespace === labels.namespace
}
