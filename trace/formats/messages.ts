/** Lines of `-o json` read again: what an agent tells of calls, ends of threads and losses. */
import { z } from 'zod'
import { overMessage } from '../api/stream.ts'

/** 64-bit integers beyond 2^53 are big ones. */
export type Long = number | bigint
const long = z.union([z.number(), z.bigint()])

const container = z
  .object({
    id: z.string().nullable(),
    name: z.string().nullable(),
    pod: z.string().nullable(),
    namespace: z.string().nullable(),
    pod_uid: z.string().nullable(),
    image: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
  })
  .nullable()

const source = { container, unit: z.string().nullable(), cgroup: z.string().nullable() }
const numbered = { seq: z.int().optional() }

const thread = z.object({
  pid: z.int(),
  tid: z.int(),
  ppid: z.int(),
  container_pid: z.int(),
  container_tid: z.int(),
  uid: z.int(),
  gid: z.int(),
  comm: z.string(),
  session: z.int(),
  pid_ns: z.int(),
  uts_ns: z.int(),
  mount_ns: z.int(),
  net_ns: z.int(),
  ipc_ns: z.int(),
  cgroup_ns: z.int(),
  ...source,
})

const argument = z.object({
  type: z.string(),
  raw: z.union([z.number(), z.string()]),
  text: z.string(),
  late: z.literal(true).optional(),
})

const call = thread.extend({
  ...numbered,
  version: z.literal(1),
  type: z.literal('call'),
  time: z.string(),
  syscall: z.object({
    nr: z.int(),
    name: z.string(),
    class: z.string(),
    group: z.string(),
    abi: z.enum(['x86_64', 'i386', 'x32', 'arm64', 'arm']),
  }),
  error: z.string(),
  outcome: z.enum(['returned', 'restarted', 'denied', 'killed', 'no_return']),
  return: long.nullable(),
  return_text: z.string().optional(),
  start: long,
  finish: long,
  duration: z.number(),
  args: z.record(z.string(), argument),
})

const end = thread.extend({
  ...numbered,
  version: z.literal(1),
  type: z.literal('end'),
  time: z.string(),
  exit_code: z.int().nullable(),
  signal: z.int().nullable(),
  core_dumped: z.literal(true).optional(),
  last_thread: z.boolean(),
})

const lost = z.object({
  ...numbered,
  version: z.literal(1),
  type: z.literal('lost'),
  calls: z.int(),
  reason: z.string(),
  container: container.optional(),
  unit: z.string().nullable().optional(),
  cgroup: z.string().nullable().optional(),
})

const over = overMessage.extend({ ...numbered, reason: z.string() })

export type CallMessage = z.output<typeof call>
export type EndMessage = z.output<typeof end>
export type LostMessage = z.output<typeof lost>
/** The last message of a job. */
export type OverMessage = z.output<typeof over>
export type TraceMessage = CallMessage | EndMessage | LostMessage | OverMessage

const message = z.discriminatedUnion('type', [call, end, lost, over])

/** A number that a double may not have exactly. */
const IS_LONG = /[:[]-?\d{16,}/

/** Undefined: it is no message that this version knows. */
export function decodeMessage(line: string): TraceMessage | undefined {
  try {
    const { success, data } = message.safeParse(IS_LONG.test(line) ? parseExactly(line) : JSON.parse(line))
    return success ? data : undefined
  } catch {
    return undefined // no JSON
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

/** Numbers keep all digits (ECMAScript's source text access, which TypeScript does not know yet). */
function parseExactly(line: string): unknown {
  const keep: Reviver = (_, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '')
      ? BigInt(source!)
      : value
  return JSON.parse(line, keep as Parameters<typeof JSON.parse>[1])
}
