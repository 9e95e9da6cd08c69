/** The webhook of an Alertmanager, version 4. */
import { z } from 'zod'

/** More than any Alertmanager sends by default for one group. */
const MOST_ALERTS = 1000

const texts = z.record(z.string(), z.string()).default({})

const alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  annotations: texts,
  /** A hash of the labels; the same as long as the alert is. */
  fingerprint: z.string().regex(/^[0-9a-f]{1,32}$/, 'must be hexadecimal digits'),
})
export type Alert = z.output<typeof alert>

export const webhook = z.object({ alerts: z.array(alert).max(MOST_ALERTS) })
