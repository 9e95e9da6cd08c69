/**
 * A real OpenTelemetry Collector with its prometheus exporter, and Prometheus' own OTLP receiver behind it
 * (test/fixtures/otlp/prometheus): both tell series of different resources apart by job and instance alone. Built once with Go from
 * the module proxy (about three minutes on two cores).
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { freePorts } from './free-port.ts'
import { GoProgram } from './go-program.ts'
import type { Lack } from './skip.ts'

const PROGRAM = new GoProgram({
  name: 'otlp-prometheus',
  folder: join(import.meta.dirname, '../fixtures/otlp/prometheus'),
})

/** Returns why the program cannot be built here. Downloads its modules if they are missing. */
export function lacksOtlpPrometheus(): Lack {
  return PROGRAM.lacks()
}

/** A series as Prometheus stored it, as of its last sample. */
interface StoredSeries {
  readonly labels: Readonly<Record<string, string>>
  readonly timeMs: number
  /** The sum of a histogram. */
  readonly value: number
  readonly count: number
}

export interface OtlpPrometheus extends AsyncDisposable {
  /** The Collector's port for OTLP over gRPC. */
  readonly port: number
  /** Returns the text of a scrape of the Collector. */
  page(): Promise<string>
  /** Returns the series that Prometheus has stored, without those that have ended. */
  stored(): Promise<StoredSeries[]>
}

/** Starts both on free ports. Resolves when they are ready. */
export async function startOtlpPrometheus(): Promise<OtlpPrometheus> {
  const [port, pagePort, storePort] = (await freePorts(3)) as [number, number, number]
  const config = {
    receivers: { otlp: { protocols: { grpc: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: {
      prometheus: { endpoint: `127.0.0.1:${pagePort}`, metric_expiration: '10m' },
      otlp_http: {
        endpoint: `http://127.0.0.1:${storePort}/api/v1/otlp`,
        sending_queue: { num_consumers: 1 },
      },
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['otlp'], exporters: ['prometheus', 'otlp_http'] } },
    },
  }
  await using started = new AsyncDisposableStack()
  const store = started.use(run(['prometheus', `127.0.0.1:${storePort}`]))
  await until(() => fetch(`http://127.0.0.1:${storePort}/series`), store)
  const collector = started.use(run(['collector', `--config=yaml:${JSON.stringify(config)}`]))
  await until(async () => collector.log().includes('Everything is ready'), collector)
  const all = started.move()
  return {
    port,
    page: async () => (await fetch(`http://127.0.0.1:${pagePort}/metrics`)).text(),
    stored: async () =>
      (await (await fetch(`http://127.0.0.1:${storePort}/series`)).json()) as StoredSeries[],
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

interface PrometheusPages extends AsyncDisposable {
  /** Sends a request of metrics in OTLP/JSON, and resolves when it is taken. */
  send(line: string): Promise<void>
  /** The page of each exporter, in the order of their keys. */
  read(headers?: Readonly<Record<string, string>>): Promise<string[]>
}

/** Starts the Collector on free ports, with a prometheus exporter for each of these keys. Resolves when it is ready. */
export async function startPrometheusPages(keys: readonly object[]): Promise<PrometheusPages> {
  const [port, ...pages] = (await freePorts(keys.length + 1)) as [number, ...number[]]
  const exporters = Object.fromEntries(
    keys.map((own, i) => [
      `prometheus/${i}`,
      { endpoint: `127.0.0.1:${pages[i]}`, metric_expiration: '10m', ...own },
    ]),
  )
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters,
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['otlp'], exporters: Object.keys(exporters) } },
    },
  }
  await using started = new AsyncDisposableStack()
  const collector = started.use(run(['collector', `--config=yaml:${JSON.stringify(config)}`]))
  await until(async () => collector.log().includes('Everything is ready'), collector)
  const all = started.move()
  const readPage = async (page: number, headers: Readonly<Record<string, string>>) =>
    (await fetch(`http://127.0.0.1:${page}/metrics`, { headers })).text()
  return {
    async send(body) {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`http://127.0.0.1:${port}/v1/metrics`, { method: 'POST', headers, body })
      if (!answer.ok) throw new Error(`the Collector answered ${answer.status}: ${await answer.text()}`)
    },
    read: (headers = {}) => Promise.all(pages.map(page => readPage(page, headers))),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

interface Running extends AsyncDisposable {
  log(): string
  readonly isOver: boolean
}

function run(args: readonly string[]): Running {
  const child = spawn(PROGRAM.path(), args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  return {
    log: () => log,
    get isOver() {
      return child.exitCode !== null
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
    },
  }
}

/** Until `isReady` gives something; what it throws is not yet. */
async function until(isReady: () => Promise<unknown>, program: Running): Promise<void> {
  while (!(await isReady().catch(() => false))) {
    if (program.isOver) throw new Error(`the program ended: ${program.log()}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
