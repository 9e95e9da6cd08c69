import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Consumers, Create, Host, Part } from '../../pipeline/component.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { type LabelOptions, toLabelOptions } from '../shared/prometheus/label-options.ts'
import { PushExporter } from '../shared/push-exporter.ts'
import type { RemoteWriteConfig } from './config.ts'
import { selectFit } from './fit.ts'
import { History } from './history.ts'
import { createProtocol } from './protocol.ts'
import { type RemoteWritePush, toPush } from './push.ts'
import { createOmissions } from './telemetry.ts'

/** Sends metrics by remote write: each series in order, each point sent, lost or left out, and counted as that. */
export class RemoteWriteExporter implements Part {
  readonly countsItself = true
  readonly consumers: Consumers
  readonly #labels: LabelOptions
  readonly #history: History
  readonly #push: PushExporter<RemoteWritePush>
  readonly #omit: ReturnType<typeof createOmissions>

  constructor(
    create: Create<RemoteWriteConfig>,
    parts: { readonly clock?: Clock; readonly random?: () => number } = {},
  ) {
    const { config, id } = create
    this.#labels = toOptions(config)
    this.#history = new History(this.#labels, parts.clock ?? systemClock)
    this.#omit = createOmissions(create, id)
    this.#push = new PushExporter({ ...create, config: toPush(config) }, createProtocol(this.#history), parts)
    this.consumers = {
      metrics: { mutates: false, consume: (batch, abort) => this.#consume(batch, abort) },
    }
  }

  start(host: Host): Promise<void> {
    return this.#push.start(host)
  }

  shutdown(abort: AbortSignal): Promise<void> {
    return this.#push.shutdown(abort)
  }

  async #consume(given: MetricsBatch, abort: AbortSignal): Promise<void> {
    const { batch, omitted } = selectFit(given, this.#labels, table => this.#history.isLate(table))
    for (const one of omitted) this.#omit(one)
    await this.#push.consumers.metrics!.consume(batch, abort)
  }
}

/** Nobody scrapes, so nobody else says whose the series are: they always have `job` and `instance`. */
function toOptions(config: RemoteWriteConfig): LabelOptions {
  const { external_labels: const_labels, disable_scope_info: without_scope_info } = config
  return {
    ...toLabelOptions({ ...config, const_labels, without_scope_info }),
    hasTarget: true,
    hasTargetInfo: config.target_info.enabled,
  }
}
