/** Configuration of the `k8s_attributes` processor: the Collector's keys, and the few that are swoll's own. */
import { z } from 'zod'
import { deleteGracePeriod, podFilter, podSource } from '../../kubernetes/pods/origin.ts'
import { describeValue, duration, text } from '../../pipeline/config.ts'
import { compileWhole } from '../../pipeline/linear-pattern.ts'
import { LEVELS } from './aggregate.ts'
import { DEFAULT_METADATA, METADATA_NAMES } from './metadata.ts'

/** In the syntax of RE2, as in the Collector; the whole text must match. */
const regex = (what: string) =>
  text.describe(what).superRefine((pattern, context) => {
    try {
      compileWhole(pattern)
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: `must be a regular expression (RE2), got ${describeValue(pattern)}: ${(error as Error).message}`,
      })
    }
  })

const RULE_SOURCES = ['pod', 'namespace', 'node', 'deployment', 'statefulset', 'daemonset', 'job'] as const
export type RuleSource = (typeof RULE_SOURCES)[number]

const rule = (kind: string) =>
  z
    .strictObject({
      tag_name: text
        .describe(
          `Attribute to set. Default: \`k8s.pod.${kind}s.<key>\`. With \`key_regex\`, \`$1\` is its first group; in the file write \`$$1\``,
        )
        .optional(),
      key: text.describe(`Key of the ${kind}`).optional(),
      key_regex: regex(`Keys of the ${kind}s, whole keys`).optional(),
      from: z.enum(RULE_SOURCES).default('pod').describe(`Whose ${kind} it is`),
    })
    .refine(r => (r.key === undefined) !== (r.key_regex === undefined), {
      error: 'must have either key or key_regex',
    })
export type Rule = z.output<ReturnType<typeof rule>>

const extract = z.strictObject({
  metadata: z
    .array(
      z.enum(METADATA_NAMES, {
        error: issue => `must be a supported metadata field, got ${describeValue(issue.input)}`,
      }),
    )
    .default([...DEFAULT_METADATA])
    .describe('Attributes to set'),
  labels: z.array(rule('label')).default([]).describe('Labels to show as attributes'),
  annotations: z.array(rule('annotation')).default([]).describe('Annotations to show as attributes'),
  otel_annotations: z
    .boolean()
    .default(false)
    .describe('True: the annotation `resource.opentelemetry.io/foo` of a pod becomes the attribute `foo`'),
  deployment_name_from_replicaset: z
    .boolean()
    .default(true)
    .describe(
      'False: asks the API server for the ReplicaSet of each pod, instead of taking the pod template hash off its name',
    ),
  service_labels: z
    .boolean()
    .default(true)
    .describe('Whether `service.name` and `service.version` look at the labels `app.kubernetes.io/…` first'),
})
export type ExtractConfig = z.output<typeof extract>

const association = z.strictObject({
  sources: z
    .array(
      z
        .strictObject({
          from: z
            .enum(['resource_attribute', 'connection'])
            .describe(
              '`resource_attribute`, or `connection`: the address of the sender, which only network receivers know',
            ),
          name: text.describe('The attribute').optional(),
        })
        .refine(source => source.from === 'connection' || source.name !== undefined, {
          error: 'must be set, since from is resource_attribute',
          path: ['name'],
        }),
    )
    .min(1)
    .max(4)
    .describe('What must be the same for a pod and a resource; all of them'),
})
export type Association = z.output<typeof association>

const exclude = z.strictObject({
  pods: z
    .array(z.strictObject({ name: regex('Name of pods, as a regular expression') }))
    .default([{ name: 'jaeger-agent' }, { name: 'jaeger-collector' }])
    .describe('Pods whose resources pass without attributes'),
  labels: z
    .array(
      z.strictObject({ key: text.describe('Key of the label'), value: z.string().describe('Its value') }),
    )
    .default([{ key: 'swoll', value: 'false' }])
    .describe(
      'Pods with any of these labels are left out: their series, log records and spans are dropped, and counted',
    ),
})

export const config = z
  .strictObject({
    ...podSource,
    passthrough: z
      .boolean()
      .default(false)
      .describe('True: no pods are looked up; only `k8s.pod.ip` is set, where a resource has an address'),
    wait_for_metadata: z
      .boolean()
      .default(false)
      .describe('True: the agent starts only when the pods of the node are known'),
    wait_for_metadata_timeout: duration({ min: '1ms' })
      .prefault('10s')
      .describe('It fails to start when that takes longer'),
    wait: duration({ max: '10m' })
      .prefault('30s')
      .describe(
        'How long the series of a container whose pod is not known yet are held back; its log records and spans, at most `1s`',
      ),
    max_held: z
      .int()
      .min(0)
      .default(1000)
      .describe('Containers held back at once, for each pipeline; further ones are not waited for'),
    unresolved: z
      .enum(['fold', 'pass'])
      .default('fold')
      .describe(
        'What becomes of series after that, until their pod is known: `fold` adds them up in one resource, the pod `unresolved`; `pass` sends them without a name, as log records and spans always are',
      ),
    aggregate_to: z
      .enum(LEVELS)
      .default('container')
      .describe(
        'Whose series are sent: those of each container, or the sums of each pod, or of all pods that a workload has on this node; log records and spans are always those of their container',
      ),
    aggregate_retention: duration({ max: '24h' })
      .prefault('5m')
      .describe(
        'How long the sums of a pod or workload go on without any container, and so with the same value; then they end',
      ),
    delete_grace_period: deleteGracePeriod,
    filter: podFilter.prefault({}),
    extract: extract.prefault({}),
    pod_association: z
      .array(association)
      .default([])
      .describe(
        'How resources are matched with pods; the first rule that a resource has all attributes of decides. Default: `container.id`, then `k8s.pod.uid`',
      ),
    exclude: exclude.prefault({}),
  })
  .superRefine((c, context) => {
    if (c.source !== 'watch' && c.filter.fields.length > 0)
      context.addIssue({
        code: 'custom',
        path: ['filter', 'fields'],
        message: 'must be empty unless source is watch; use labels',
      })
    if (c.passthrough && c.aggregate_to !== 'container')
      context.addIssue({
        code: 'custom',
        path: ['aggregate_to'],
        message: `must be container when passthrough is true, got ${describeValue(c.aggregate_to)}; set passthrough to false, since pods must be known to be added up`,
      })
  })
export type Config = z.output<typeof config>
