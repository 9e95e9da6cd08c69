/**
 * A real OpenTelemetry Collector (test/fixtures/otlp/collector): its OTLP receiver, an exporter that writes OTLP/JSON lines, and
 * one that sends OTLP over HTTP. Built once with Go from the module proxy (about 70 s on two cores).
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './free-port.ts'
import { GoProgram } from './go-program.ts'
import type { Lack } from './skip.ts'

const PROGRAM = new GoProgram({
  name: 'otlp-collector',
  folder: join(import.meta.dirname, '../fixtures/otlp/collector'),
})

/** Returns why the Collector cannot be built here. Downloads its modules if they are missing. */
export function lacksOtlpCollector(): Lack {
  return PROGRAM.lacks()
}

/** Has the Collector decode lines of OTLP/JSON and encode them again. Throws its error if it refuses a line. */
export function recodeLines(lines: string): string[] {
  const output = execFileSync(PROGRAM.path(), ['recode'], {
    input: lines,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return output.split('\n').slice(0, -1)
}

/** Has the Collector check a configuration. Returns what it says against it; undefined if it takes it. */
export function validateByCollector(
  sources: readonly string[],
  sets: readonly string[] = [],
): string | undefined {
  const args = [...sources.map(text => `--config=yaml:${text}`), ...sets.map(text => `--set=${text}`)]
  const { status, stderr } = spawnSync(PROGRAM.path(), ['validate', ...args], { encoding: 'utf8' })
  return status === 0 ? undefined : stderr
}

export interface OtlpCollector extends AsyncDisposable {
  /** Of gRPC. */
  readonly port: number
  readonly httpPort: number
  /** OTLP/JSON of every request so far, oldest first, a text each. */
  lines(): string[]
  /** Returns the received requests for metrics. */
  received(): OtlpJson[]
}

/** Further receivers of the requests, besides the file that gets every request. */
interface CollectorOptions {
  /** Gets the logs by OTLP over HTTP. */
  readonly logsTo?: string
  /** Gets the metrics by OTLP over HTTP. */
  readonly metricsTo?: string
  /** Where Prometheus may have its own metrics, all of them. */
  readonly ownPort?: number
  /** On top of the settings of both protocols of the receiver. */
  readonly receiver?: object
  readonly extensions?: Readonly<Record<string, object>>
}

/** Starts it with a plain-text OTLP receiver on free ports. Resolves when it is ready. */
export async function startOtlpCollector(options: CollectorOptions = {}): Promise<OtlpCollector> {
  const { logsTo, metricsTo, ownPort, receiver, extensions = {} } = options
  const folder = mkdtempSync(join(tmpdir(), 'swoll-otlp-'))
  const path = join(folder, 'requests.jsonl')
  const [port, httpPort] = (await freePorts(2)) as [number, number]
  const pipeline = (...more: string[]) => ({ receivers: ['otlp'], exporters: ['jsonfile', ...more] })
  const config = {
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: `127.0.0.1:${port}`, ...receiver },
          http: { endpoint: `127.0.0.1:${httpPort}`, ...receiver },
        },
      },
    },
    extensions,
    exporters: {
      jsonfile: { path },
      ...(logsTo && { otlp_http: { logs_endpoint: logsTo } }),
      ...(metricsTo && { 'otlp_http/metrics': { metrics_endpoint: metricsTo } }),
    },
    service: {
      extensions: Object.keys(extensions),
      telemetry: { metrics: ownPort === undefined ? { level: 'none' } : ownMetrics(ownPort) },
      pipelines: {
        metrics: pipeline(...(metricsTo ? ['otlp_http/metrics'] : [])),
        logs: pipeline(...(logsTo ? ['otlp_http'] : [])),
        traces: pipeline(),
      },
    },
  }
  const child = spawn(PROGRAM.path(), [`--config=yaml:${JSON.stringify(config)}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  let log = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text
      if (log.includes('Everything is ready')) resolve()
    })
    void ended.then(() => reject(new Error(`the Collector ended: ${log}`)))
  })
  const lines = () => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [])
  return {
    port,
    httpPort,
    lines,
    received: () =>
      lines()
        .filter(line => line.startsWith('{"resourceMetrics"'))
        .map(line => JSON.parse(line) as OtlpJson),
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** By default in all but the port. */
function ownMetrics(port: number) {
  return { level: 'detailed', readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port } } } }] }
}

/** OTLP/JSON: 64-bit integers are strings, defaults are left out. */
export interface OtlpJson {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes?: readonly JsonAttribute[] }
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string }
      readonly metrics: readonly {
        readonly name: string
        readonly unit: string
        readonly sum?: JsonData
        readonly gauge?: JsonData
        readonly exponentialHistogram?: JsonData
      }[]
    }[]
  }[]
}
export interface JsonAttribute {
  readonly key: string
  readonly value: {
    readonly stringValue?: string
    readonly boolValue?: boolean
    readonly intValue?: string
    readonly doubleValue?: number
  }
}
interface JsonData {
  readonly dataPoints: readonly JsonPoint[]
  readonly aggregationTemporality?: number
  readonly isMonotonic?: boolean
}
export interface JsonPoint {
  readonly attributes?: readonly JsonAttribute[]
  readonly startTimeUnixNano?: string
  readonly timeUnixNano: string
  readonly flags?: number
  readonly asInt?: string
  readonly asDouble?: number
  readonly count?: string
  readonly sum?: number
  readonly zeroCount?: string
  readonly positive?: { readonly offset?: number; readonly bucketCounts?: readonly string[] }
}
