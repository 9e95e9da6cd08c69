/** The metrics of a configuration, compiled. */
import type { ContextName } from '../../ottl/contexts.ts'
import { Errors } from '../../ottl/error-mode.ts'
import type { WatchedCondition } from '../../ottl/steps.ts'
import { toConditions } from '../../ottl/written.ts'
import type { Create, Signal } from '../../pipeline/component.ts'
import type { AttributeValue } from '../../pipeline/data/attributes.ts'
import type { Config } from './config.ts'

/** One metric, and what is counted in it. */
export interface Definition {
  readonly name: string
  readonly description: string
  /** One must be true; none: all is counted. */
  readonly conditions: readonly WatchedCondition[]
  /** `otherwise` undefined: an item without the attribute is not counted. */
  readonly attributes: readonly {
    readonly key: string
    readonly otherwise: AttributeValue | undefined
  }[]
}

/** By the section of the configuration, less `spanevents`, of which there are none. */
export interface Definitions {
  readonly spans: readonly Definition[]
  readonly metrics: readonly Definition[]
  readonly datapoints: readonly Definition[]
  readonly logs: readonly Definition[]
}

/** A condition that cannot be evaluated refuses the batch, before anything of it is counted. */
export function toDefinitions(create: Create<Config>): Definitions {
  const errors = new Errors(create, 'connector_count')
  const compile = (section: keyof Definitions, signal: Signal, context: ContextName) =>
    Object.entries(create.config[section]).map(
      ([name, { description, conditions, attributes }]): Definition => ({
        name,
        description,
        conditions: toConditions([{ context, conditions }], signal, 'propagate', errors),
        attributes: attributes.map(({ key, default_value: otherwise }) => ({ key, otherwise })),
      }),
    )
  return {
    spans: compile('spans', 'traces', 'span'),
    metrics: compile('metrics', 'metrics', 'metric'),
    datapoints: compile('datapoints', 'metrics', 'datapoint'),
    logs: compile('logs', 'logs', 'log'),
  }
}
