/** Configuration of the origin of data. */
import { z } from 'zod'
import { text } from '../config-fields.ts'
import { DETECTORS } from './detect.ts'

export const resourceDetection = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('False: resources have only what tells those of one host apart, and no `service.*`'),
  detectors: z
    .array(z.enum(DETECTORS))
    .default([...DETECTORS])
    .describe(
      '`env`: $OTEL_RESOURCE_ATTRIBUTES; `host`: `host.name`, `host.id`; `k8s_node`: `k8s.node.name` from $K8S_NODE_NAME or $KUBE_NODE_NAME. Of those that know an attribute, the first in the list counts',
    ),
  attributes: z
    .record(text, z.string().min(1).nullable())
    .default({})
    .refine(attributes => !Object.hasOwn(attributes, 'service.name'), {
      error: 'must not have one, since each resource is a service of its own; leave it out',
      path: ['service.name'],
    })
    .describe(
      'More attributes of all resources, over those that are detected; null removes one. `service.instance.id` stands for this host wherever a resource has no id of its own',
    ),
})
export type ResourceDetection = z.output<typeof resourceDetection>
