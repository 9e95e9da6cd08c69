/** OpenTelemetry's own connectors (test/fixtures/otlp/connectors), built once with Go from the module proxy: what they make of OTLP/JSON. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { GoProgram } from './go-program.ts'
import type { Lack } from './skip.ts'

const PROGRAM = new GoProgram({
  name: 'connectors',
  folder: join(import.meta.dirname, '../fixtures/otlp/connectors'),
})

/** Returns why they cannot be built here. Downloads their modules if they are missing. */
export function lacksConnectors(): Lack {
  return PROGRAM.lacks()
}

export interface Task {
  readonly type: 'count' | 'routing'
  readonly config: unknown
  /** The pipelines that begin with it. */
  readonly pipelines: readonly string[]
  /** A request as a line of OTLP/JSON. */
  readonly data: string
}

/** By pipeline, the requests that it got. */
export type Given = Readonly<Record<string, readonly unknown[]>>

/** Returns for each task what the connector gives, or a text that says what is wrong with its configuration or the data. */
export function runOriginals(tasks: readonly Task[]): (Given | string)[] {
  const input = tasks.map(({ data, ...rest }) => `${JSON.stringify(rest).slice(0, -1)},"data":${data}}\n`)
  const output = execFileSync(PROGRAM.path(), { input: input.join(''), encoding: 'utf8', maxBuffer: 2 ** 28 })
  return output
    .split('\n')
    .slice(0, -1)
    .map(line => (line.startsWith('error: ') ? line : (JSON.parse(line) as Given)))
}
