/** The schema of a line of `-o json`, the source of docs/trace-event.schema.json; a change of meaning is a new version. */
import { z } from 'zod'

const integer = z.int()
/** Written with all its digits: read those beyond 2^53 with a parser that keeps them. */
const long = z.number().refine(Number.isInteger).meta({ type: 'integer' })
const container = z
  .strictObject({
    id: z
      .string()
      .nullable()
      .describe('Of the container, as its runtime prints it; null: the cgroup of the pod'),
    name: z.string().nullable().describe('In the pod; null: not known, or the pause container'),
    pod: z.string().nullable().describe('Null, with all that follows: the pod is not known'),
    namespace: z.string().nullable(),
    pod_uid: z.string().nullable(),
    image: z.string().nullable(),
    labels: z.record(z.string(), z.string()).describe('Of the pod'),
  })
  .nullable()
  .describe('Null: not in a container')
const source = {
  container,
  unit: z.string().nullable().describe('systemd unit, of what is in no container'),
  cgroup: z.string().nullable().describe('Path, of what is in neither'),
}
const thread = {
  pid: integer.describe('Process; in the initial pid namespace, as `tid` and `ppid`'),
  tid: integer.describe('Thread'),
  ppid: integer.describe('Parent of the process'),
  container_pid: integer.describe('Process, in its own pid namespace'),
  container_tid: integer.describe('Thread, in its own pid namespace'),
  uid: integer.describe('In the initial user namespace, as `gid`'),
  gid: integer,
  comm: z
    .string()
    .describe(
      'Name of the thread; each byte is a character, U+0000 to U+00FF: encoded as Latin-1, it is the name',
    ),
  session: integer.describe('Session id, in the initial pid namespace'),
  pid_ns: integer.describe('Inode number of a namespace, as /proc/PID/ns shows it'),
  uts_ns: integer,
  mount_ns: integer,
  net_ns: integer,
  ipc_ns: integer,
  cgroup_ns: integer,
}
const version = z.literal(1)
const time = z.string().describe('RFC 3339, UTC, nanoseconds')

const syscall = z.strictObject({
  nr: integer.describe('In the table of its `abi`'),
  name: z.string(),
  class: z.string(),
  group: z.string(),
  abi: z.enum(['x86_64', 'i386', 'x32', 'arm64', 'arm']),
})

const atLeast = z
  .literal(true)
  .optional()
  .describe('Nobody saw it begin: it did so at `start` or earlier, and `duration` is the least it took')
const argument = {
  type: z.string().describe('In C'),
  raw: z
    .union([z.number(), z.string()])
    .describe('The register: a number, or in hex if it is a pointer or beyond 2^53'),
  text: z.string().describe('As strace shows it; empty where it shows nothing'),
}

const call = z
  .strictObject({
    version,
    type: z.literal('call'),
    time: time.describe('When it began: RFC 3339, UTC, nanoseconds'),
    syscall,
    ...thread,
    ...source,
    error: z.string().describe('`OK`, or the name of the error; `-`: it never returned'),
    outcome: z.enum(['returned', 'restarted', 'denied', 'killed', 'no_return']),
    return: long
      .nullable()
      .describe('What the kernel returned, -512 and the like included; null: it never did'),
    return_text: z
      .string()
      .optional()
      .describe(
        'As strace shows it, where that is more than `return`: `3</etc/passwd>`; of calls that did not fail',
      ),
    start: long.describe('Nanoseconds of CLOCK_MONOTONIC, as `finish`'),
    finish: long,
    duration: long.describe('Nanoseconds from `start` to `finish`'),
    at_least: atLeast,
    args: z
      .record(
        z.string(),
        z.strictObject({
          ...argument,
          late: z
            .literal(true)
            .optional()
            .describe(
              'Its memory was not there before the call, and read after it: it may have been changed meanwhile',
            ),
        }),
      )
      .describe('By name, in order'),
  })
  .describe('A system call that has ended')

const inFlight = z
  .strictObject({
    version,
    type: z.literal('in_flight'),
    time: time.describe('When it began, or at the latest: RFC 3339, UTC, nanoseconds'),
    syscall,
    ...thread,
    ...source,
    start: long.describe('Nanoseconds of CLOCK_MONOTONIC'),
    duration: long.describe('Nanoseconds from `start` to when it was looked at'),
    at_least: atLeast,
    args: z.record(z.string(), z.strictObject(argument)).describe('By name, in order'),
  })
  .describe('A system call that had not ended when the trace began; its end is a line of its own')

const end = z
  .strictObject({
    version,
    type: z.literal('end'),
    time,
    ...thread,
    ...source,
    exit_code: integer.nullable().describe('Of the process; null: killed by a signal'),
    signal: integer.nullable(),
    core_dumped: z.literal(true).optional(),
    last_thread: z.boolean().describe('No thread of the process is left'),
  })
  .describe('A thread that had made traced calls is gone')

const lost = z
  .strictObject({
    version,
    type: z.literal('lost'),
    calls: integer.describe('That should have been here, since the line of this type before'),
    reason: z.string(),
    ...source,
  })
  .describe('Calls are missing')

export const traceEvent = z.discriminatedUnion('type', [call, inFlight, end, lost])
