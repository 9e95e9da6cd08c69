/** A pull exporter: keeps the last batch of each source and answers scrapes from it. */
import { type Cancel, type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Consumers, Create, Host, Part } from '../../pipeline/component.ts'
import type { Endpoint } from '../../pipeline/config.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import type { ListenerLease } from '../../pipeline/http/lease.ts'
import type { Route } from '../../pipeline/http/route.ts'
import { serveRoutes } from '../../pipeline/http/serve.ts'
import { LimitedLog } from '../../pipeline/limited-log.ts'
import type { Lease } from '../../pipeline/services.ts'
import { toBoundExponents } from '../shared/classic-histograms.ts'
import { toExposition } from '../shared/prometheus/exposition.ts'
import type { Exposition, Problem } from '../shared/prometheus/family.ts'
import { type LabelOptions, toLabelOptions } from '../shared/prometheus/label-options.ts'
import type { Config } from './config.ts'
import type { Encode, EncodeOptions } from './encode.ts'
import type { Format } from './negotiate.ts'
import { encodeProtobuf } from './protobuf.ts'
import { createScrapes } from './scrapes.ts'
import { Store, type StoreOptions, type View } from './store.ts'
import { createTelemetry, type Scrape } from './telemetry.ts'
import { encodeOpenMetrics, encodeText } from './text.ts'

const ENCODERS: Readonly<Record<Format, Encode>> = {
  protobuf: encodeProtobuf,
  openmetrics: encodeOpenMetrics,
  text: encodeText,
}

/** Expiry is looked at this often within one `metric_expiration`, so it is late by at most a tenth. */
const EXPIRY_CHECKS = 10

const CUT_SHORT_LOG_MS = 60_000

/** Different problems that are logged; all are counted. */
const MAX_WARNINGS = 100

export class PrometheusExporter implements Part {
  readonly consumers: Consumers
  readonly #create: Create<Config>
  readonly #clock: Clock
  readonly #telemetry: ReturnType<typeof createTelemetry>
  readonly #labels: LabelOptions
  readonly #storing: StoreOptions
  readonly #encoding: EncodeOptions
  readonly #exposition = new WeakMap<View, Exposition>()
  readonly #warned = new Set<string>()
  readonly #cutShort: LimitedLog
  #store: Lease<Store> | undefined
  #listener: ListenerLease | undefined
  #stopExpiry: Cancel = () => {}
  #isShutDown = false
  /** The address in use, once started: has the port where 0 was asked for. */
  endpoint: Endpoint | undefined

  constructor(create: Create<Config>, clock: Clock = systemClock) {
    const { config, meter } = create
    this.#create = create
    this.#clock = clock
    this.#labels = toLabelOptions(config)
    this.#encoding = toEncodeOptions(config)
    this.#cutShort = new LimitedLog(clock, CUT_SHORT_LOG_MS, (scrapes, error) =>
      create.log.warn(
        { scrapes, error: error.message },
        'Scrapers left or were too slow before they had all metrics',
      ),
    )
    this.#telemetry = createTelemetry(meter, create.id, () => this.#store?.value.countSeries() ?? 0)
    this.#storing = {
      labels: this.#labels,
      expirationMs: config.metric_expiration,
      maxEndedRows: config.max_ended_series,
      clock,
      onRemoved: this.#telemetry.removed,
    }
    this.consumers = { metrics: { mutates: false, consume: async batch => this.#accept(batch) } }
  }

  async start(host: Pick<Host, 'service'>, abort: AbortSignal): Promise<void> {
    const { config, log } = this.#create
    abort.throwIfAborted()
    const store = await this.#leaseStore(host)
    this.#store = store
    this.#listener = await serveRoutes(host, this.#create, {
      kind: 'exporters',
      routes: [this.#scrapes(store.value)],
      failure: 'Serving metrics failed',
      clock: this.#clock,
    })
    this.endpoint = this.#listener.endpoint
    this.#stopExpiry = this.#clock.every(config.metric_expiration / EXPIRY_CHECKS, () => store.value.expire())
    log.info({ url: `${this.#listener.url}${config.path}` }, 'Serving metrics')
  }

  /** An exporter that takes this one's place goes on with what was collected, unless its labels are others. */
  #leaseStore(host: Pick<Host, 'service'>): Promise<Lease<Store>> {
    const key = `series of exporters::${this.#create.id} with ${JSON.stringify(this.#labels)}`
    return host.service(key, () => new Store(this.#storing))
  }

  #accept(batch: MetricsBatch): void {
    const store = this.#store?.value
    if (this.#isShutDown || !store) {
      const message = `exporters::${this.#create.id}: is shut down`
      throw new PipelineError('PIPE_SHUTTING_DOWN', message, { retryable: false })
    }
    store.follow(this.#storing)
    store.accept(batch)
  }

  #scrapes(store: Store): Route {
    const { config } = this.#create
    return createScrapes({
      path: config.path,
      maxScrapes: config.max_concurrent_scrapes,
      offersOpenMetrics: config.enable_open_metrics,
      clock: this.#clock,
      open: format => this.#open(format, store),
      onScrape: (scrape, error) => this.#scraped(scrape, error),
    })
  }

  async shutdown(abort: AbortSignal): Promise<void> {
    this.#isShutDown = true
    this.#stopExpiry()
    this.#telemetry.close()
    await this.#listener?.release(abort)
    await this.#store?.release(abort)
  }

  #open(format: Format, { view }: Store) {
    const exposition = this.#exposition.get(view) ?? toExposition(view.blocks, this.#labels)
    this.#exposition.set(view, exposition)
    for (const problem of exposition.problems) this.#report(problem)
    return { chunks: ENCODERS[format](exposition, this.#encoding), delivered: () => view.delivered() }
  }

  /** A scraper that gives up leaves a gap in its graphs, so it is worth a line, though not one each time. */
  #scraped(scrape: Scrape, error?: Error): void {
    this.#telemetry.scraped(scrape)
    if (error && scrape.status === 'aborted') this.#cutShort.add(1, error)
  }

  /** Counts each time, logs once per metric and reason. */
  #report({ metric, reason }: Problem): void {
    this.#telemetry.leftOut(reason)
    const key = `${metric} ${reason}`
    if (this.#warned.has(key) || this.#warned.size >= MAX_WARNINGS) return
    this.#warned.add(key)
    this.#create.log.warn({ metric, reason }, 'A metric cannot be exposed and is left out')
  }
}

function toEncodeOptions({ send_timestamps, created_series, classic_histograms }: Config): EncodeOptions {
  return {
    timestamps: send_timestamps,
    created: created_series,
    bounds: toBoundExponents(classic_histograms),
  }
}
