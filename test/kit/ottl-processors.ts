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

/** A pipeline to be measured: the points of `data`, `sets` times, go through it `times` times. */
interface Pipeline {
  readonly processors: readonly Pick<Task, 'type' | 'config'>[]
  /** A request of OTLP/JSON. */
  readonly data: object
  readonly sets: number
  readonly times: number
}

/** Returns what came out of the processors, and the nanoseconds of each run. */
export function measureOriginals(pipeline: Pipeline): {
  readonly points: number
  readonly sum: number
  readonly ns: readonly number[]
} {
  const input = `${JSON.stringify(pipeline)}\n`
  return JSON.parse(execFileSync(PROGRAM.path(), ['bench'], { input, encoding: 'utf8' }))
}
