/** OpenTelemetry's own processors (test/fixtures/otlp/ottl), built once with Go from the module proxy: what they make of OTLP/JSON. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { GoProgram } from './go-program.ts'
import type { Lack } from './skip.ts'

const PROGRAM = new GoProgram({ name: 'ottl', folder: join(import.meta.dirname, '../fixtures/otlp/ottl') })

/** Returns why they cannot be built here. Downloads their modules if they are missing. */
export function lacksOttlProcessors(): Lack {
  return PROGRAM.lacks()
}

export interface Task {
  readonly type: 'filter' | 'transform' | 'attributes' | 'resource'
  readonly config: unknown
  /** A request as a line of OTLP/JSON. */
  readonly data: string
}

/** Returns for each task the line that the processor passes on: empty if none, `error: …` if it refuses its configuration. */
export function runOriginals(tasks: readonly Task[]): string[] {
  const input = tasks.map(
    ({ type, config, data }) => `{"type":"${type}","config":${JSON.stringify(config)},"data":${data}}\n`,
  )
  const output = execFileSync(PROGRAM.path(), { input: input.join(''), encoding: 'utf8', maxBuffer: 2 ** 28 })
  return output.split('\n').slice(0, -1)
}
