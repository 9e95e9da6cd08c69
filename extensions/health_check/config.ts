/** Configuration of the `health_check` extension. Keys and defaults are the Collector's. */
import { z } from 'zod'
import { duration, endpoint, listenerPath, listenerTimeouts, listenerTls } from '../../pipeline/config.ts'

const listener = {
  endpoint: endpoint({ listen: true })
    .prefault('localhost:13133')
    .describe(
      'Address to listen on; :13133 for all addresses, IPv4 and IPv6, as probes of a kubelet need it',
    ),
  tls: listenerTls(),
  ...listenerTimeouts,
}

const http = z.strictObject({
  ...listener,
  status: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Whether states are told there'),
      path: listenerPath().default('/status').describe('Path that tells them'),
      include_attributes: z
        .boolean()
        .default(false)
        .describe('Taken, and changes nothing: no state has attributes here'),
    })
    .prefault({})
    .describe('The states of pipelines and components, as JSON'),
  config: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Whether the configuration is shown there'),
      path: listenerPath().default('/config').describe('Path that shows it'),
    })
    .prefault({})
    .describe('The configuration in force as JSON, without secrets'),
})

const componentHealth = z.strictObject({
  include_permanent_errors: z
    .boolean()
    .default(false)
    .describe('Whether a component that fails for good makes the answer 500'),
  include_recoverable_errors: z
    .boolean()
    .default(false)
    .describe('Whether a component that fails for longer than `recovery_duration` does'),
  recovery_duration: duration()
    .prefault('0s')
    .describe('How long a component may fail before it counts as unhealthy'),
})

export const config = z
  .strictObject({
    ...listener,
    path: listenerPath().default('/').describe('Path that answers like /readyz'),
    use_v2: z
      .boolean()
      .default(false)
      .describe(
        'Tell states of components, by the keys of `http` and `component_health`; all other keys then change nothing',
      ),
    http: http.optional().describe('With use_v2: where to listen, and what for'),
    component_health: componentHealth.optional().describe('With use_v2: which errors are unhealthy'),
  })
  .superRefine(({ use_v2, http, component_health }, context) => {
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message })
    if (use_v2 && !http) refuse('http', 'must be set with use_v2: true')
    if (!use_v2 && http) refuse('http', 'goes with use_v2: true alone')
    if (!use_v2 && component_health) refuse('component_health', 'goes with use_v2: true alone')
  })
export type Config = z.output<typeof config>
export type ComponentHealth = z.output<typeof componentHealth>
