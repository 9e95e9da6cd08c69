/** The `attributes` processor of each signal. */
import { toActionStep } from '../../ottl/actions.ts'
import { byStep } from '../../ottl/stateless.ts'
import type { Config } from './config.ts'
import { toCondition } from './match.ts'

const CONTEXTS = { metrics: 'datapoint', logs: 'log', traces: 'span' } as const

export const processors = byStep<Config>(({ config }, signal) => {
  const condition = toCondition(config, signal)
  const step = toActionStep(config.actions, CONTEXTS[signal])
  return [condition ? { ...step, conditions: [{ condition, onError() {} }] } : step]
})
