/** Configuration of what the `ebpf` receiver traces for its logs and traces pipelines. */
import { z } from 'zod'
import { findFaultWithUnit, isIdPrefix } from '../../../kubernetes/selectors/names.ts'
import { bytes, describeValue, duration, faultless, text } from '../../../pipeline/config.ts'
import { nearest } from '../../../pipeline/nearest.ts'
import { callSet } from '../../../syscalls/call-set-field.ts'
import { errnoNames, errnoOf } from '../../../syscalls/tables/errnos.ts'
import { REQUEST_LIMITS } from '../../../trace/requests/limits.ts'
import { pods } from './pod-config.ts'

const KIB = 1024
const MIB = KIB * KIB
const { stringBytes, payloadBytes, sample, callsPerSecond, minLatency } = REQUEST_LIMITS

const error = z.string().superRefine((text, context) => {
  if (text === 'any' || errnoOf(text) !== undefined) return
  const hint = nearest(text, errnoNames())
  const remedy = hint ? `; did you mean ${JSON.stringify(hint)}?` : ''
  context.addIssue({
    code: 'custom',
    message: `must be "any" or an error such as "ENOENT", got ${describeValue(text)}${remedy}`,
  })
})

function findFaultWithId(text: string): string | undefined {
  if (isIdPrefix(text)) return undefined
  return 'must be the first 8 digits of the id of a container or more; by name they are in pods::containers'
}

/** `size`: if none is given. */
export const queueSize = (size: string) =>
  bytes()
    .refine(n => n >= MIB, { error: 'must be at least "1MiB"' })
    .prefault(size)
    .describe('Most memory for what has left the rings while the agent is busy')

export const trace = z
  .strictObject({
    syscalls: callSet
      .default(['execve', 'execveat'])
      .describe('What to trace: system calls, classes, groups, `all`; with `!`, what not'),
    from: z
      .enum(['containers', 'host', 'all'])
      .default('containers')
      .describe('Whose calls: those of containers, those of everything else, or of all'),
    pods: pods.optional(),
    containers: z
      .array(faultless(findFaultWithId))
      .default([])
      .describe('Only these containers, by the first 8 or more digits of their ids'),
    units: z
      .array(faultless(findFaultWithUnit))
      .default([])
      .describe(
        'Only these systemd units, such as `ssh.service`; `*` and `?` stand for any text and any character',
      ),
    errors: z
      .array(error)
      .default([])
      .describe('Only calls that fail with one of these errors; `any`: that fail'),
    min_latency: duration(minLatency).prefault('0s').describe('Only calls that take so long or longer'),
    sample: z.int().min(sample.min).max(sample.max).default(1).describe('One of so many calls, at random'),
    rate_limit: z
      .int()
      .min(callsPerSecond.min)
      .max(callsPerSecond.max)
      .default(10_000)
      .describe('Most calls a second of one container; what is beyond is counted as lost. 0: no limit'),
    string_limit: bytes()
      .refine(n => n >= stringBytes.min && n <= stringBytes.max, {
        error: `must be from ${stringBytes.min} to ${stringBytes.max} bytes`,
      })
      .prefault('256')
      .describe('Most bytes of a string argument; paths are not cut'),
    payload_limit: bytes()
      .refine(n => n <= payloadBytes.max, { error: `must be at most ${payloadBytes.max} bytes` })
      .prefault('0')
      .describe('Most bytes of what is read, written, sent and received, which may hold secrets; 0: none'),
    descriptors: z
      .boolean()
      .default(true)
      .describe(
        'Whether to find out what file descriptors refer to: paths, and sockets with their addresses',
      ),
    environments: z
      .boolean()
      .default(false)
      .describe('Whether to copy the environments of programs that start, which may hold secrets'),
    replay: text
      .optional()
      .describe(
        'A recording of `swoll trace --record` to send once, instead of tracing; the other keys then mean nothing',
      ),
    ring_size: bytes()
      .refine(n => n >= 64 * KIB && n <= 256 * MIB && Number.isInteger(Math.log2(n)), {
        error: issue => `must be a power of two from "64KiB" to "256MiB", got ${describeValue(issue.input)}`,
      })
      .prefault('1MiB')
      .describe('Ring buffer of each CPU'),
    queue_size: queueSize('12MiB'),
  })
  .refine(c => c.containers.length === 0 || (c.units.length === 0 && c.from === 'containers'), {
    error: 'must stand alone: containers are named, so leave out `from` and `units`',
    path: ['containers'],
  })
  .superRefine((given, context) => {
    const others = findOtherTargets(given)
    if (given.pods === undefined || others.length === 0) return
    context.addIssue({
      code: 'custom',
      path: ['pods'],
      message: `must stand alone, got ${others.join(' and ')} as well; leave out one or the other, and name containers of pods by pods::containers`,
    })
  })

/** Returns the targets that are given besides pods, as they were written. */
function findOtherTargets(
  given: Record<'containers' | 'units', readonly string[]> & { from: string },
): string[] {
  return [
    ...(given.from === 'containers' ? [] : [`from: ${given.from}`]),
    ...(['containers', 'units'] as const).filter(key => given[key].length > 0),
  ]
}

export type TraceConfig = z.output<typeof trace>
