/** The Trace that an alert starts: a template in YAML, filled in after it was read, so that no alert changes what it says. */

import { parse } from 'yaml'
import { z } from 'zod'
import { decodeDuration } from '../../pipeline/duration.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { API_VERSION, GROUP, KIND } from '../../trace/api/documents.ts'
import { resourceSpec } from '../resource.ts'
import type { Alert } from './webhook.ts'

const ON_RESOLVED = `${GROUP}/on-resolved`
const COOL_DOWN = `${GROUP}/cool-down`
const DEFAULT_COOL_DOWN = '30m'
/** A Trace that nobody deletes goes after a day. */
const DEFAULT_TTL_SECONDS = 86_400
const PLACEHOLDER = /\$\{(labels|annotations)\.([a-zA-Z_][a-zA-Z0-9_]*)\}/g
/** Characters of what an alert puts in. */
const MOST_FILLED = 253
/** Whose calls it is about: less of it would be more pods than the template says. */
const AIMS = ['pods', 'hostSelector', 'labelSelector', 'fieldSelector'] as const
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const POD_NAME = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/

const file = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(KIND),
  metadata: z
    .strictObject({
      labels: z.record(z.string(), z.string()).optional(),
      annotations: z.record(z.string(), z.string()).optional(),
    })
    .default({}),
  spec: z.record(z.string(), z.unknown()).default({}),
})

export interface Template {
  readonly metadata: z.output<typeof file>['metadata']
  readonly spec: Readonly<Record<string, unknown>>
  readonly coolDownMs: number
  /** A resolved alert ends the Trace that it started. */
  readonly endsOnResolved: boolean
}

/** Throws USAGE_INVALID, with all that is wrong. `place`: where the text is from. */
export function decodeTemplate(text: string, place: string): Template {
  const problems: string[] = []
  const { data, error } = file.safeParse(readYaml(text, place))
  if (!data) throw usageInvalid(place, error.issues.map(toText))
  const { annotations = {} } = data.metadata
  const coolDown = annotations[COOL_DOWN] ?? DEFAULT_COOL_DOWN
  const coolDownMs = decodeDuration(coolDown)
  if (coolDownMs === undefined)
    problems.push(`${COOL_DOWN}: must be a duration such as "30m", got "${coolDown}"`)
  const onResolved = annotations[ON_RESOLVED] ?? 'keep'
  if (onResolved !== 'end' && onResolved !== 'keep')
    problems.push(`${ON_RESOLVED}: must be "end" or "keep", got "${onResolved}"`)
  if (data.spec.duration === undefined && data.spec.budget === undefined)
    problems.push('spec.duration: must be set, or spec.budget: nobody would end what an alert has started')
  if (data.spec.schedule !== undefined) problems.push('spec.schedule: must not be set: alerts start it')
  // What alerts fill in is checked when they do.
  const { error: wrong } = resourceSpec.safeParse(fill(data.spec, undefined))
  problems.push(...(wrong?.issues.map(issue => `spec.${toText(issue)}`) ?? []))
  if (problems.length > 0) throw usageInvalid(place, problems)
  return { ...data, coolDownMs: coolDownMs!, endsOnResolved: onResolved === 'end' }
}

/** The specification for the pods that the alert names; a text says why there is none. */
export function fillIn(
  { spec }: Template,
  alert: Alert,
): { readonly namespace: string; readonly spec: object } | string {
  const { namespace = '', pod = '', container } = alert.labels
  if (!DNS_LABEL.test(namespace))
    return `labels.namespace: must be a namespace, got ${JSON.stringify(namespace)}`
  const gone = AIMS.find(key => !isWhole(spec[key], alert))
  if (gone !== undefined)
    return `spec.${gone}: must be filled in by the alert, which has nothing for a place in it`
  const filled = fill(spec, alert) as Record<string, unknown>
  const isAimed = filled.pods !== undefined || filled.labelSelector !== undefined
  if (!isAimed && !POD_NAME.test(pod))
    return `labels.pod: must be the name of a pod, got ${JSON.stringify(pod)}`
  const given = {
    ttlSecondsAfterFinished: DEFAULT_TTL_SECONDS,
    ...(!isAimed && { pods: [pod] }),
    ...(!isAimed && container !== undefined && { hostSelector: [container] }),
    ...filled,
  }
  const { error } = resourceSpec.safeParse(given)
  return error ? error.issues.map(issue => `spec.${toText(issue)}`).join('; ') : { namespace, spec: given }
}

/** A copy with the alert's texts in their places. What has a place that the alert has nothing for is left out. */
function fill(value: unknown, alert: Alert | undefined): unknown {
  if (typeof value === 'string') return fillText(value, alert)
  if (Array.isArray(value)) return value.map(item => fill(item, alert)).filter(item => item !== undefined)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, fill(item, alert)] as const)
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined))
}

/** Whether the alert has something for every place. */
function isWhole(value: unknown, alert: Alert): boolean {
  if (typeof value === 'string') return fillText(value, alert) !== undefined
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every(item => isWhole(item, alert))
}

function fillText(text: string, alert: Alert | undefined): string | undefined {
  let isMissing = false
  const filled = text.replace(PLACEHOLDER, (_, from: 'labels' | 'annotations', name: string) => {
    const found = alert && Object.hasOwn(alert[from], name) ? alert[from][name]! : ''
    if (found === '') isMissing = true
    return found.slice(0, MOST_FILLED)
  })
  return isMissing ? undefined : filled
}

function readYaml(text: string, place: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    throw usageInvalid(place, [`must be YAML, got ${(cause as Error).message.split('\n')[0]}`])
  }
}

function toText({
  path,
  message,
}: {
  readonly path: readonly PropertyKey[]
  readonly message: string
}): string {
  return path.length > 0 ? `${path.join('.')}: ${message}` : message
}

function usageInvalid(place: string, problems: readonly string[]): SwollError {
  return new SwollError('USAGE_INVALID', problems.map(problem => `${place}: ${problem}`).join('\n'))
}
