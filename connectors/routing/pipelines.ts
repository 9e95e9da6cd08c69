import type { NamedPipeline } from '../../pipeline/component.ts'
import type { Config } from './config.ts'

/** Every pipeline that a configuration names, with its place. */
export function pipelinesOf({ table, default_pipelines }: Readonly<Config>): NamedPipeline[] {
  return [
    ...table.flatMap(({ pipelines }, i) =>
      pipelines.map((id, j) => ({ path: ['table', i, 'pipelines', j], id })),
    ),
    ...default_pipelines.map((id, i) => ({ path: ['default_pipelines', i], id })),
  ]
}
