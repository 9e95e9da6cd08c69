/**
 * OpenTelemetry's own processors of metrics (test/fixtures/otlp/metrics), built once with Go from the module proxy: what they make of
 * OTLP/JSON.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { GoProgram } from './go-program.ts'
import type { Lack } from './skip.ts'

const PROGRAM = new GoProgram({
  name: 'metrics',
  folder: join(import.meta.dirname, '../fixtures/otlp/metrics'),
})

/** Returns why they cannot be built here. Downloads their modules if they are missing. */
export function lacksMetricProcessors(): Lack {
  return PROGRAM.lacks()
}

interface MetricTask {
  readonly type: 'metrics_transform' | 'interval' | 'cumulative_to_delta' | 'memory_limiter'
  readonly config: unknown
  /** Requests as lines of OTLP/JSON, for one instance, one after the other. */
  readonly data: readonly string[]
}

/** Returns for each task the requests that the processor passes on, in OTLP/JSON; a text: why it refuses its configuration. */
export function runMetricProcessors(tasks: readonly MetricTask[]): (unknown[] | string)[] {
  const input = tasks.map(
    ({ type, config, data }) =>
      `{"type":"${type}","config":${JSON.stringify(config)},"data":[${data.join()}]}\n`,
  )
  const output = execFileSync(PROGRAM.path(), { input: input.join(''), encoding: 'utf8', maxBuffer: 2 ** 28 })
  return output
    .split('\n')
    .slice(0, -1)
    .map(line => (line.startsWith('error: ') ? line : (JSON.parse(line) as unknown[])))
}
