import { z } from 'zod'
import { action } from '../../ottl/actions.ts'

export const config = z.strictObject({
  actions: z
    .array(action)
    .min(1, 'must have an action')
    .describe('What is done to attributes, in this order'),
})
export type Config = z.infer<typeof config>
