/**
 * A real OpenTelemetry Collector with its processor for Kubernetes (test/bench/k8s-collector): OTLP in, OTLP out. Built once with
 * Go from the module proxy (about two minutes on two cores).
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../kit/free-port.ts'
import { GoProgram } from '../../kit/go-program.ts'
import { Helper } from './process.ts'

const SOURCE = join(import.meta.dirname, '../k8s-collector')
const PROGRAM = new GoProgram({ name: 'k8s-collector', folder: SOURCE })

/** Version of the processor, as in `v1.2.3`. */
export const PROCESSOR_VERSION = /k8sattributesprocessor (v\S+)/.exec(
  readFileSync(join(SOURCE, 'go.mod'), 'utf8'),
)![1]!

/** Path of the program. Throws Unavailable when it cannot be built. */
export function buildCollector(): string {
  return PROGRAM.path()
}

interface CollectorOptions {
  /** The port to which the Collector sends what it receives, as OTLP over gRPC. */
  readonly toPort: number
  /** Keys of its processor `k8s_attributes`; absent: without one. */
  readonly pods?: object
  readonly env?: Readonly<Record<string, string>>
}

interface RunningCollector {
  readonly helper: Helper
  /** The Collector's port for OTLP over gRPC. */
  readonly port: number
}

/** Starts it; it may not be ready yet. */
export async function startCollector({
  toPort,
  pods,
  env = {},
}: CollectorOptions): Promise<RunningCollector> {
  const port = await freePort()
  const config = {
    receivers: { otlp: { protocols: { grpc: { endpoint: `127.0.0.1:${port}` } } } },
    processors: pods ? { k8s_attributes: pods } : {},
    exporters: { otlp_grpc: { endpoint: `127.0.0.1:${toPort}`, tls: { insecure: true } } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: {
        metrics: {
          receivers: ['otlp'],
          processors: pods ? ['k8s_attributes'] : [],
          exporters: ['otlp_grpc'],
        },
      },
    },
  }
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const command = [...variables, buildCollector(), `--config=yaml:${JSON.stringify(config)}`]
  return { helper: new Helper('env', command), port }
}
