/** The `attributes` processor of each signal. */
import { toActionStep } from '../../ottl/actions.ts'
import { byStep } from '../../ottl/stateless.ts'
import type { Config } from './config.ts'

const CONTEXTS = { metrics: 'datapoint', logs: 'log', traces: 'span' } as const

export const processors = byStep<Config>(({ config }, signal) => [
  toActionStep(config.actions, CONTEXTS[signal]),
])
