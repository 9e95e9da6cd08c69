/** `GET /stuck`: the threads of a node that are inside a system call at this moment, and since when. */
import { z } from 'zod'
import { callSet } from '../../syscalls/call-set-field.ts'
import { durationText } from './fields.ts'

/** Most threads of one answer. */
export const MOST_THREADS = 10_000

const count = z.int().min(0)
const text = z.string().nullable()

const container = z.object({
  id: text,
  name: text,
  pod: text,
  namespace: text,
  pod_uid: text,
  image: text,
  labels: z.record(z.string(), z.string()),
})

const argument = z.object({
  type: z.string().describe('C type'),
  raw: z.union([z.number(), z.string()]).describe('The register'),
  text: z.string().describe('As a line shows it; empty: the call does not use it'),
})

const thread = z.object({
  container: container.nullable(),
  unit: text.describe('systemd unit'),
  cgroup: text.describe('Where there is neither a container nor a unit'),
  pid: count,
  vpid: count.describe('The process id in its own pid namespace'),
  tid: count,
  comm: z.string().describe('A character for each byte'),
  syscall: z.object({
    name: z.string(),
    nr: z.int(),
    class: z.string(),
    group: z.string(),
    abi: z.string(),
  }),
  args: z.record(z.string(), argument).describe('By name, in order, as in the events of calls'),
  forNs: count.describe('How long it has been in the call'),
  isAtLeast: z
    .boolean()
    .describe('Nobody saw the call begin: forNs is the time since the thread ran last, so it may be longer'),
  isWaiting: z.boolean().describe('The call waits by nature, as epoll_wait does: see stats/noise.ts'),
})
export type InFlightThread = z.output<typeof thread>

export const inFlightDocument = z.object({
  node: z.string(),
  time: z.string().describe('RFC 3339'),
  threads: z.array(thread).describe('The longest first'),
  total: count.describe('Threads that match, those beyond the limit too'),
  missed: z
    .record(z.string(), count)
    .describe(
      'By reason: threads that match and could not be told; those of which arguments in memory are told as addresses: memory_withheld, as it may come from a file server that does not answer, or is being changed; memory_not_in_time, as reading it did not end; memory_unreadable, as the kernel (before Linux 6.2) does not let it be read',
    ),
})
export type InFlightDocument = z.output<typeof inFlightDocument>

/** Reasons of `missed` that say why arguments in memory are told as addresses. */
export const MEMORY_REASONS = ['memory_withheld', 'memory_not_in_time', 'memory_unreadable'] as const
export type MemoryReason = (typeof MEMORY_REASONS)[number]

/** Words with commas between. */
const listed = z.string().transform(text => text.split(','))
const names = listed.pipe(z.array(z.string().min(1, 'must name something')).max(100)).optional()

/** What is asked of an agent: parameters of a query, which are text. */
export const inFlightQuery = z
  .strictObject({
    namespace: names.describe('Of pods of these namespaces. Default: of all that the caller may see'),
    pod: names.describe('Of these pods'),
    container: names.describe('Of containers of these names, or ids'),
    unit: names.describe('Of these systemd units'),
    syscalls: listed
      .pipe(callSet)
      .optional()
      .describe('System calls, classes and groups; with `!` all but these. Default: all'),
    min: durationText({ min: '0s', max: '8760h' })
      .default('1s')
      .describe('In the call for so long or longer'),
    limit: z.coerce
      .number()
      .pipe(z.int().min(1).max(MOST_THREADS))
      .default(1000)
      .describe('At most so many threads, the longest first'),
  })
  .superRefine(({ unit, namespace, pod, container }, context) => {
    if (unit === undefined || (namespace ?? pod ?? container) === undefined) return
    context.addIssue({
      code: 'custom',
      path: ['unit'],
      message: 'must not be given together with namespace, pod or container; no unit is in a pod',
    })
  })
