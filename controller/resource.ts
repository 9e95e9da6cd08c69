/** The Trace resource: what an agent's job is made of, and what the controller alone sees to. */
import { Cron } from 'croner'
import { z } from 'zod'
import { API_VERSION, KIND } from '../trace/api/documents.ts'
import { type TraceSpec, traceSpec } from '../trace/api/spec.ts'
import type { TraceStatus } from './status-fields.ts'

/** Keeps a Trace until its jobs are gone from the agents. */
export const FINALIZER = 'swoll.finalizer'

const count = (most: number) => z.int().min(0).max(most)

/** Five fields, or a word such as `@daily`: a date, which Cron takes as well, would come once. */
const SCHEDULE = /^\s*(@\w+|\S+(\s+\S+){4})\s*$/

/** Minute, hour, day of the month, month, day of the week. Throws an Error for what is none. */
export function decodeSchedule(schedule: string, timeZone = 'UTC'): Cron {
  if (!SCHEDULE.test(schedule)) throw new Error('it has not five fields')
  return new Cron(schedule, { timezone: timeZone, paused: true, mode: '5-part' })
}

const schedule = {
  schedule: z
    .string()
    .max(100)
    .optional()
    .describe('Starts a Trace like this one at these times, in the form of cron: "*/10 * * * *"'),
  timeZone: z.string().max(64).optional().describe('Of the schedule, such as "Europe/Berlin". Default: UTC'),
  suspend: z.boolean().optional().describe('True: the schedule starts nothing'),
  startingDeadlineSeconds: count(86_400)
    .min(60)
    .optional()
    .describe('A start that was missed is made up for so long. Default: 300'),
  successfulTracesHistoryLimit: count(100)
    .optional()
    .describe('Traces of the schedule that are complete and kept. Default: 3'),
  failedTracesHistoryLimit: count(100)
    .optional()
    .describe('Traces of the schedule that failed and are kept. Default: 1'),
}

export const resourceSpec = traceSpec.safeExtend(schedule).superRefine((spec, context) => {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message })
  if (spec.schedule === undefined) {
    if (spec.timeZone !== undefined) refuse('timeZone', 'must not be set without a schedule')
    return
  }
  if (spec.duration === undefined && spec.budget === undefined)
    refuse('schedule', 'must come with a duration or a budget, or its traces would never end')
  if (spec.timeZone !== undefined && !isTimeZone(spec.timeZone))
    return refuse('timeZone', `must be such as "Europe/Berlin", got ${JSON.stringify(spec.timeZone)}`)
  const fault = faultOf(spec.schedule, spec.timeZone)
  if (fault) refuse('schedule', `must be five fields of cron such as "*/10 * * * *", ${fault}`)
})
export type ResourceSpec = z.output<typeof resourceSpec>

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch {
    return false
  }
}

function faultOf(text: string, timeZone: string | undefined): string | undefined {
  try {
    if (decodeSchedule(text, timeZone).nextRun()) return undefined
    return `got ${JSON.stringify(text)}, which never comes`
  } catch (error) {
    return `got ${JSON.stringify(text)} (${(error as Error).message})`
  }
}

/** The keys that agents know nothing of. */
export const SCHEDULE_KEYS = Object.keys(schedule)

/** The part of the specification that is the job of an agent. */
export function toTraceSpec(spec: ResourceSpec): TraceSpec {
  const entries = Object.entries(spec).filter(([key]) => !SCHEDULE_KEYS.includes(key))
  return Object.fromEntries(entries) as TraceSpec
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** The parts of the metadata that the controller reads and writes. */
interface Metadata {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly finalizers?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
}

/** As it comes from the API server: the specification is yet to be decoded. */
export interface Trace {
  readonly apiVersion: typeof API_VERSION
  readonly kind: typeof KIND
  readonly metadata: Metadata
  readonly spec?: Readonly<Record<string, unknown>>
  readonly status?: TraceStatus
}

/** For what belongs to the Trace, and goes with it. */
export function ownerOf({ metadata: { name, uid } }: Trace): OwnerReference {
  return { apiVersion: API_VERSION, kind: KIND, name, uid, controller: true, blockOwnerDeletion: true }
}

/** The first eight digits: enough to tell a Trace from an earlier one of the same name. */
export function shortUid({ metadata: { uid } }: Trace): string {
  return uid.slice(0, 8)
}

/** The id of the job on every agent. */
export function jobIdOf(trace: Trace): string {
  return `${trace.metadata.namespace}.${trace.metadata.name}.${shortUid(trace)}`
}
