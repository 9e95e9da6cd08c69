/** An observation: which calls containers and units were seen to make. One node, or many in one file; what a file of it holds. */
import { z } from 'zod'

export const OBSERVATION_KIND = 'swoll.seccomp.observation'
export const OBSERVATION_VERSION = 1
/** Calls that nobody made later than this after their container was first seen are calls of its start. */
export const START_MS = 10_000
/** Instances that a document names; all are counted. */
export const MOST_INSTANCES = 100

/** Values of one argument that are kept; a call with more of them gets no condition. */
export const MOST_VALUES = 64

/** Why calls may be missing. */
export const GAPS = {
  began_before: 'an instance ran before counting began: its calls until then are unknown',
  began_unknown: 'whether instances ran before counting began is unknown',
  lost: 'the kernel side lost calls on this node',
  folded: 'calls of it are counted without their names, since it has too many series',
  unnamed: 'it made calls by numbers that have no name: a profile cannot name them',
  filtered: 'calls that were counted have not come here: a processor leaves them out, or holds them back',
  excluded: 'the configuration excludes calls from counting',
  unresolved: 'calls on this node belong to nobody known: they may be of this container',
  bounded: 'it made more different calls than an observation keeps',
} as const
export type GapReason = keyof typeof GAPS

const count = z.number().min(0)
const name = z.string().max(4096)

const argument = z.strictObject({
  index: z.int().min(0).max(5),
  values: z.array(z.strictObject({ value: z.string().regex(/^\d{1,20}$/), calls: count })).max(MOST_VALUES),
  isWhole: z.boolean().describe('Whether these values are of all calls that were let through'),
})

const seenCall = z.strictObject({
  abi: z.string().describe('The calling convention, such as x86_64 or i386'),
  name,
  calls: count.describe('Calls that were let through, however they ended'),
  errors: count.describe('Those of them that failed'),
  denied: z
    .record(z.string(), count)
    .describe('Calls that seccomp or ptrace denied, by errno; "": without one'),
  firstMs: z.number().describe('The collection in which it was seen first, Unix ms'),
  lastMs: z.number(),
  atStart: z
    .boolean()
    .describe('No instance made it later than 10 s after it was first seen; false if any ran before'),
  setup: count.describe('Calls of it that the runtime made to set the container up; 0 if unknown'),
  arguments: z.array(argument).optional(),
})
export type SeenCall = z.output<typeof seenCall>
export type SeenArgument = z.output<typeof argument>

const subject = z.strictObject({
  node: name,
  sinceMs: z.number().describe('When counting began on the node, Unix ms'),
  untilMs: z.number().describe('The last collection, Unix ms'),
  namespace: name.optional(),
  workload: name.optional().describe('kind/name'),
  revision: name.optional(),
  pod: name.optional().describe('Only of pods without a workload'),
  container: name.optional(),
  unit: name.optional().describe('A systemd unit, or the path of a cgroup'),
  instances: z.int().min(1).describe('Containers of it that were seen; restarts are others'),
  ids: z.array(name).max(MOST_INSTANCES).describe('Their ids, the latest'),
  knowsSetup: z.boolean().describe('Whether calls of the runtime before the program are told apart'),
  gaps: z.array(
    z.strictObject({ reason: z.enum(Object.keys(GAPS) as GapReason[]), count: count.optional() }),
  ),
  calls: z.array(seenCall).describe('By name'),
})
export type Subject = z.output<typeof subject>

export const observation = z.strictObject({
  kind: z.literal(OBSERVATION_KIND),
  version: z.literal(OBSERVATION_VERSION),
  subjects: z.array(subject),
  omitted: z.int().min(0).describe('Subjects that are not in it, for want of room'),
})
export type Observation = z.output<typeof observation>

/** Which subjects are meant; a list names alternatives, an absent one means all. */
export interface SubjectFilter {
  readonly namespace?: readonly string[] | undefined
  readonly workload?: readonly string[] | undefined
  readonly revision?: readonly string[] | undefined
  readonly pod?: readonly string[] | undefined
  readonly container?: readonly string[] | undefined
  readonly unit?: readonly string[] | undefined
}
export const FILTERS = ['namespace', 'workload', 'revision', 'pod', 'container', 'unit'] as const

/** A workload may be named without its kind, a container by the first 8 or more digits of an id. */
export function isMeant(
  each: Pick<Subject, (typeof FILTERS)[number] | 'ids'>,
  filter: SubjectFilter,
): boolean {
  return FILTERS.every(key => {
    const wanted = filter[key]
    if (wanted === undefined) return true
    const value = each[key]
    if (value !== undefined && wanted.includes(value)) return true
    if (key === 'workload') return value !== undefined && wanted.includes(value.slice(value.indexOf('/') + 1))
    return key === 'container' && each.ids.some(id => wanted.some(text => isPrefix(text, id)))
  })
}

const LEAST_DIGITS = 8

function isPrefix(text: string, id: string): boolean {
  return text.length >= LEAST_DIGITS && id.startsWith(text)
}

/** What is the same on all nodes and in all windows. */
export function subjectKey(each: Subject): string {
  return JSON.stringify(FILTERS.map(key => each[key] ?? null))
}

/** How people are told which one it is. */
export function describeSubject({
  namespace,
  workload,
  pod,
  container,
  unit,
  revision,
  ids,
}: Subject): string {
  const place = [namespace, workload ?? pod, container].filter(part => part !== undefined).join('/')
  const named = place || unit || ids[0] || 'unknown'
  return revision === undefined ? named : `${named} (${revision})`
}
