/** The `resource` processor of each signal. */
import { toActionStep } from '../../ottl/actions.ts'
import { byStep } from '../../ottl/stateless.ts'
import type { Config } from './config.ts'

/** Resources that become alike are one. */
export const processors = byStep<Config>(({ config }) => [toActionStep(config.attributes, 'resource')])
