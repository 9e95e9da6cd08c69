import { z } from 'zod'
import { action } from '../../ottl/actions.ts'
import { text } from '../../pipeline/config-fields.ts'
import { compileSearch } from '../../pipeline/linear-pattern.ts'

const names = (what: string) => z.array(z.string()).default([]).describe(what)
const attributes = z
  .array(
    z.strictObject({
      key: text.describe('The attribute'),
      value: z
        .union([z.string(), z.number(), z.boolean()])
        .optional()
        .describe('Its value. Absent: it has one'),
    }),
  )
  .default([])

const selection = z
  .strictObject({
    match_type: z.enum(['strict', 'regexp']).describe('Whether texts below are texts or patterns'),
    regexp: z
      .strictObject({
        cacheenabled: z.boolean().default(false).describe('Accepted; each different value is looked at once'),
        cachemaxnumentries: z.int().min(0).default(0).describe('Accepted'),
      })
      .optional()
      .describe('Of the Collector; there is nothing to be set'),
    services: names('For spans: `service.name` of the resource'),
    span_names: names('For spans'),
    span_kinds: names('For spans: `SPAN_KIND_INTERNAL`, `SPAN_KIND_SERVER`, …'),
    log_bodies: names('For log records'),
    log_severity_texts: names('For log records'),
    log_severity_number: z
      .strictObject({
        min: z
          .int()
          .min(0)
          .max(24)
          .default(0)
          .describe('The lowest that matches, as numbers of OpenTelemetry: INFO is 9'),
        match_undefined: z.boolean().default(false).describe('Whether none matches'),
      })
      .optional()
      .describe('For log records'),
    metric_names: names('For metrics'),
    attributes: attributes.describe('For log records and spans: all of these'),
    resources: attributes.describe('Attributes of the resource: all of these'),
    libraries: z
      .array(
        z.strictObject({
          name: z.string().describe('Of the scope'),
          version: z.string().optional().describe('Of the scope. Absent: any'),
        }),
      )
      .default([])
      .describe('For log records and spans: the instrumentation scope'),
  })
  .superRefine((given, context) => {
    if (given.match_type !== 'regexp') return
    for (const { path, pattern } of patternsOf(given)) {
      const message = faultOf(pattern)
      if (message !== undefined) context.addIssue({ code: 'custom', path, message })
    }
  })
export type Selection = z.infer<typeof selection>

type Given = Omit<Selection, 'match_type'>
interface Pattern {
  readonly path: (string | number)[]
  readonly pattern: unknown
}

function patternsOf(given: Given): Pattern[] {
  const lists = [
    'services',
    'span_names',
    'span_kinds',
    'log_bodies',
    'log_severity_texts',
    'metric_names',
  ] as const
  const ofNames = lists.flatMap(key => given[key].map((pattern, i) => ({ path: [key, i], pattern })))
  const ofValues = (['attributes', 'resources'] as const).flatMap(key =>
    given[key].flatMap(({ value }, i) =>
      value === undefined ? [] : [{ path: [key, i, 'value'], pattern: value }],
    ),
  )
  const ofLibraries = given.libraries.flatMap(({ name, version }, i) => [
    { path: ['libraries', i, 'name'], pattern: name },
    ...(version === undefined ? [] : [{ path: ['libraries', i, 'version'], pattern: version }]),
  ])
  return [...ofNames, ...ofValues, ...ofLibraries]
}

function faultOf(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string')
    return `must be text for match_type regexp, got ${String(pattern)} (${typeof pattern})`
  try {
    compileSearch(pattern)
    return undefined
  } catch (cause) {
    return `must be a regular expression as RE2 has them: ${(cause as Error).message}`
  }
}

export const config = z.strictObject({
  include: selection.optional().describe('Only data that matches all of this is changed'),
  exclude: selection.optional().describe('Data that matches all of this stays as it is'),
  actions: z
    .array(action)
    .min(1, 'must have an action')
    .describe('What is done to attributes, in this order'),
})
export type Config = z.infer<typeof config>
