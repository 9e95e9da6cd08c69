/** The `service` section: pipelines, the agent's own telemetry, and how long a shutdown may take. */
import { z } from 'zod'
import { duration } from '../pipeline/config.ts'
import { telemetry } from './telemetry.ts'

const ids = (what: string) => z.array(z.string()).default([]).describe(what)

/** The components of a pipeline. */
export const pipeline = z.strictObject({
  receivers: ids('At least one, connectors included'),
  processors: ids('In the order of the data'),
  exporters: ids('At least one, connectors included'),
})

/** The whole section. Its pipelines are decoded one by one, each with `pipeline`. */
export const service = z.strictObject({
  extensions: ids('In the order of their start'),
  pipelines: z.record(z.string(), z.unknown()).default({}).describe('By signal or signal/name'),
  telemetry: telemetry.prefault({}).describe("The agent's own logs and metrics"),
  drop_capabilities: z
    .boolean()
    .default(true)
    .describe('Give up every capability of Linux that no component needs any more, once all have started'),
  shutdown_timeout: duration({ min: '1ms' }).prefault('10s').describe('How long a shutdown may take'),
})
