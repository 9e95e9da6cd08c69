import { z } from 'zod'
import { describeValue, duration, text } from '../../pipeline/config-fields.ts'
import { HOST_NAME_SOURCES } from './host-name.ts'
import { SYSTEM_ATTRIBUTES, type SystemAttribute } from './system.ts'

const DETECTORS = ['env', 'system', 'k8s_api'] as const
export type Detector = (typeof DETECTORS)[number]
/** Older names. */
const ALIASES: ReadonlyMap<string, Detector> = new Map([
  ['k8snode', 'k8s_api'],
  ['k8s_node', 'k8s_api'],
])

const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['docker', 'use system, which finds host.name and os.type without a socket'],
  ['kubeadm', 'use env, with k8s.cluster.name in OTEL_RESOURCE_ATTRIBUTES'],
])
const OTHERWISE = 'use env, with what it would find in OTEL_RESOURCE_ATTRIBUTES'

const detector = z
  .preprocess(given => (typeof given === 'string' ? (ALIASES.get(given) ?? given) : given), z.string())
  .transform((given, context): Detector => {
    const known = DETECTORS.find(one => one === given)
    if (known) return known
    const message = `must be one of ${DETECTORS.join(', ')}, got ${describeValue(given)}; ${REMEDIES.get(given) ?? OTHERWISE}`
    context.issues.push({ code: 'custom', message, input: given })
    return z.NEVER
  })

const switches = Object.fromEntries(
  SYSTEM_ATTRIBUTES.map(key => {
    const isDefault = key === 'host.name' || key === 'os.type'
    return [
      key,
      z
        .strictObject({ enabled: z.boolean().default(isDefault).describe('Whether there is this attribute') })
        .prefault({})
        .describe('This attribute'),
    ]
  }),
) as Record<SystemAttribute, z.ZodPrefault<z.ZodObject<{ enabled: z.ZodDefault<z.ZodBoolean> }>>>

const nodeNames = z
  .strictObject({
    node_from_env_var: text
      .optional()
      .describe('The variable with the name of the node. Default: K8S_NODE_NAME, or else KUBE_NODE_NAME'),
  })
  .prefault({})

export const config = z.strictObject({
  detectors: z
    .array(detector)
    .min(1, `must have one of ${DETECTORS.join(', ')}`)
    .default(['env'])
    .describe(
      '`env`: OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME; `system`: the host; `k8s_api` (`k8snode`): `k8s.node.name`. Of those that know an attribute, the first in the list counts',
    ),
  override: z
    .boolean()
    .default(true)
    .describe('Whether what is detected takes the place of attributes that resources have already'),
  timeout: duration({ min: '1ms' })
    .default(5_000)
    .describe('How long the start waits for the name of the host'),
  system: z
    .strictObject({
      hostname_sources: z
        .array(z.enum(HOST_NAME_SOURCES))
        .default([])
        .transform(given => (given.length > 0 ? given : (['dns', 'os'] as const)))
        .describe(
          'Where the name of the host is looked for, in this order: `os`, `dns` (/etc/hosts, then the name of its address), `cname`, `lookup` (the name of its address). Default: `[dns, os]`',
        ),
      resource_attributes: z
        .strictObject(switches)
        .prefault({})
        .describe('Which attributes there are, as `{enabled: true}`. Default: `host.name` and `os.type`'),
    })
    .prefault({})
    .describe('Of the detector system'),
  k8s_api: nodeNames.describe('Of the detector k8s_api'),
  k8snode: nodeNames.describe('The same, under its older name'),
})
export type Config = z.infer<typeof config>
