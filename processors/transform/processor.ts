/** The `transform` processor of each signal. */
import { Errors } from '../../ottl/error-mode.ts'
import { byStep } from '../../ottl/stateless.ts'
import { toSteps } from '../../ottl/written.ts'
import type { Config } from './config.ts'

const KEYS = { metrics: 'metric_statements', logs: 'log_statements', traces: 'trace_statements' } as const

export const processors = byStep<Config>((create, signal) =>
  toSteps(
    create.config[KEYS[signal]],
    signal,
    create.config.error_mode,
    new Errors(create, 'processor_transform'),
  ),
)
