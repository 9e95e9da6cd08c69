/**
 * The specification of a trace job, as a `Trace` resource, a request to an agent and a file of the client have it. What the original
 * swoll knew keeps its names: labelSelector, fieldSelector, hostSelector, syscalls, duration, sampleRate.
 */
import { z } from 'zod'
import { nearest } from '../../pipeline/nearest.ts'
import { callSet } from '../../syscalls/call-set-field.ts'
import { errnoNames, errnoOf } from '../../syscalls/tables/errnos.ts'
import { REQUEST_LIMITS } from '../requests/limits.ts'
import { durationText, quantity } from './fields.ts'
import { fieldSelector, labelSelector } from './selectors.ts'

const { stringBytes, payloadBytes, sample, callsPerSecond, uid, comm, minLatency } = REQUEST_LIMITS

/** Where the calls of a job can go, besides to those who watch it. */
const OUTPUTS_OF_JOBS = ['logs', 'otlp', 'file'] as const

const error = z.string().superRefine((text, context) => {
  if (text === 'any' || errnoOf(text) !== undefined) return
  const hint = nearest(text, errnoNames())
  const remedy = hint ? `; did you mean "${hint}"?` : ''
  context.addIssue({
    code: 'custom',
    message: `must be "any" or an error such as "ENOENT", got "${text}"${remedy}`,
  })
})

const budget = z
  .strictObject({
    calls: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional().describe('Calls on each node'),
    bytes: quantity().optional().describe('Bytes of JSON on each node, such as 10Mi'),
  })
  .refine(({ calls, bytes }) => calls !== undefined || bytes !== undefined, 'must have calls or bytes')
  .describe('The job ends with the last of them')

/** Whose calls, in the words of the resource. */
const targets = {
  labelSelector: labelSelector.optional().describe('Pods with these labels'),
  fieldSelector: fieldSelector.optional().describe('Pods with these fields, such as status.phase'),
  hostSelector: z
    .array(z.string().min(1))
    .optional()
    .describe('Containers of these names; none: all of a pod'),
  pods: z.array(z.string().min(1)).optional().describe('Pods of these names'),
}

const filters = {
  syscalls: callSet
    .or(z.array(z.string()).length(0))
    .optional()
    .describe(
      'System calls, classes, groups, `all`; with `!` all but these. None: execve and execveat, or all with a filter',
    ),
  errors: z
    .array(error)
    .optional()
    .describe('Only calls that fail with one of these errors; `any`: that fail'),
  successfulOnly: z.boolean().optional().describe('Only calls that do not fail'),
  minLatency: durationText(minLatency).optional().describe('Only calls that take so long or longer'),
  paths: z
    .array(z.string().regex(/^\//, 'must be an absolute path'))
    .optional()
    .describe('Only calls on these files; with `/` at the end, on all below'),
  uid: z.int().min(uid.min).max(uid.max).optional().describe('Only calls of this user'),
  comm: z
    .string()
    .min(1)
    .refine(text => Buffer.byteLength(text) <= comm.max, `must be at most ${comm.max} bytes`)
    .optional()
    .describe('Only calls of threads of this name'),
  sampleRate: z
    .int()
    .min(0)
    .max(sample.max)
    .optional()
    .describe('One of so many calls, at random; 0 and 1: all'),
}

const limits = {
  duration: durationText({ min: '1s', max: '720h' }).optional().describe('The job ends after this time'),
  budget: budget.optional(),
  rateLimit: z
    .int()
    .min(callsPerSecond.min)
    .max(callsPerSecond.max)
    .optional()
    .describe('Most calls a second of one container; what is beyond is counted as lost. 0: no limit'),
  stringLimit: z
    .int()
    .min(stringBytes.min)
    .max(stringBytes.max)
    .optional()
    .describe('Most bytes of a string'),
  payloadLimit: z
    .int()
    .min(payloadBytes.min)
    .max(payloadBytes.max)
    .optional()
    .describe('Most bytes of what is read, written, sent and received; agents may allow less, or none'),
  environment: z
    .boolean()
    .optional()
    .describe('With the environments of programs that start; agents may forbid it'),
  ttlSecondsAfterFinished: z
    .int()
    .min(0)
    .max(31_536_000)
    .optional()
    .describe('A finished job is forgotten after so many seconds'),
  persistent: z.boolean().optional().describe('Goes on after a restart of the agent'),
  output: z
    .array(z.enum(OUTPUTS_OF_JOBS))
    .optional()
    .describe(
      'logs: to who watches; otlp: also down the pipelines of the agents; file: also to files on the nodes',
    ),
}

/** What a job of an agent is made of. Every mistake in it is an issue of its own. */
export const traceSpec = z
  .strictObject({ ...targets, ...filters, ...limits })
  .superRefine((spec, context) => {
    if (spec.successfulOnly && spec.errors?.length)
      context.addIssue({
        code: 'custom',
        path: ['successfulOnly'],
        message: 'must not be true together with errors; no call is both',
      })
  })
export type TraceSpec = z.output<typeof traceSpec>

/** Where a job looks that is not about the pods of one namespace. */
export const nodeTargets = z.strictObject({
  from: z.enum(['containers', 'host', 'all']).default('containers'),
  units: z.array(z.string().min(1)).optional().describe('Only these systemd units'),
  containers: z.array(z.string().min(1)).optional().describe('Only these containers, by id or name'),
})
