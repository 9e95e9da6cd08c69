/** Lines of `-o json` read again: what an agent tells of calls, ends of threads and losses. */
import { ABIS, type Abi } from '../../syscalls/tables/syscalls.ts'
import { isAll, isEach, isFlag, isInteger, isLong, isText, optional, orNull } from './message-checks.ts'

/** 64-bit integers beyond 2^53 are big ones. */
type Long = number | bigint

interface Numbered {
  readonly version: 1
  /** Absent: it has no number of its own. */
  readonly seq?: number
}

interface Source {
  readonly container: {
    readonly id: string | null
    readonly name: string | null
    readonly pod: string | null
    readonly namespace: string | null
    readonly pod_uid: string | null
    readonly image: string | null
    readonly labels: Readonly<Record<string, string>>
  } | null
  readonly unit: string | null
  readonly cgroup: string | null
}

interface Thread extends Source {
  readonly pid: number
  readonly tid: number
  readonly ppid: number
  readonly container_pid: number
  readonly container_tid: number
  readonly uid: number
  readonly gid: number
  /** A character for each byte. */
  readonly comm: string
  readonly session: number
  readonly pid_ns: number
  readonly uts_ns: number
  readonly mount_ns: number
  readonly net_ns: number
  readonly ipc_ns: number
  readonly cgroup_ns: number
}

/** A system call that has ended. The lines' schema says what each member is: docs/trace-event.schema.json. */
export interface CallMessage extends Numbered, Thread {
  readonly type: 'call'
  readonly time: string
  readonly syscall: {
    readonly nr: number
    readonly name: string
    readonly class: string
    readonly group: string
    readonly abi: Abi
  }
  readonly error: string
  readonly outcome: string
  readonly return: Long | null
  readonly return_text?: string
  readonly start: Long
  readonly finish: Long
  readonly duration: number
  /** Nobody saw it begin. */
  readonly at_least?: true
  readonly args: Readonly<Record<string, MessageArgument>>
}

interface MessageArgument {
  readonly type: string
  readonly raw: number | string
  readonly text: string
  readonly late?: true
}

/** A thread that had made traced calls is gone. */
export interface EndMessage extends Numbered, Thread {
  readonly type: 'end'
  readonly time: string
  readonly exit_code: number | null
  readonly signal: number | null
  readonly core_dumped?: true
  readonly last_thread: boolean
}

/** Calls are missing. */
export interface LostMessage extends Numbered, Partial<Source> {
  readonly type: 'lost'
  readonly calls: number
  /** Of bpf/reasons.json, `slow_client` or `restarted`; of later versions also others. */
  readonly reason: string
}

/** The last message of a job. */
export interface OverMessage extends Numbered {
  readonly type: 'over'
  /** Duration, Budget, Deleted, LeaseExpired, AgentStopped, Error; of later versions also others. */
  readonly reason: string
  readonly message?: string
}

export type TraceMessage = CallMessage | EndMessage | LostMessage | OverMessage

const nullableText = orNull(isText)
const isContainer = isAll({
  ...{ id: nullableText, name: nullableText, pod: nullableText, namespace: nullableText },
  ...{ pod_uid: nullableText, image: nullableText, labels: isEach(isText) },
})
const numbered = { seq: optional(isInteger) }
const source = { container: orNull(isContainer), unit: nullableText, cgroup: nullableText }
const thread = {
  ...{ pid: isInteger, tid: isInteger, ppid: isInteger, container_pid: isInteger, container_tid: isInteger },
  ...{
    uid: isInteger,
    gid: isInteger,
    comm: isText,
    session: isInteger,
    pid_ns: isInteger,
    uts_ns: isInteger,
  },
  ...{ mount_ns: isInteger, net_ns: isInteger, ipc_ns: isInteger, cgroup_ns: isInteger },
  ...source,
}
const isAbi = (value: unknown) => ABIS.includes(value as Abi)
const isSyscall = isAll({ nr: isInteger, name: isText, class: isText, group: isText, abi: isAbi })
const isArgument = isAll({ type: isText, raw: value => isText(value) || isLong(value), text: isText })

const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  call: isAll({
    ...{ ...numbered, ...thread, time: isText, syscall: isSyscall, error: isText, outcome: isText },
    ...{ return: orNull(isLong), return_text: optional(isText), start: isLong, finish: isLong },
    ...{ duration: isInteger, at_least: optional(isFlag), args: isEach(isArgument) },
  }),
  end: isAll({
    ...{ ...numbered, ...thread, time: isText, exit_code: orNull(isInteger), signal: orNull(isInteger) },
    last_thread: isFlag,
  }),
  lost: isAll({
    ...{ ...numbered, calls: isInteger, reason: isText, container: optional(orNull(isContainer)) },
    ...{ unit: optional(nullableText), cgroup: optional(nullableText) },
  }),
  over: isAll({ ...numbered, reason: isText, message: optional(isText) }),
}

/** A number that a double may not have exactly: from 9 * 10^15 on. Times since the start of a host are less for 104 days. */
const HAS_LONG = /[:[]-?(?:9\d{15}|\d{17,})/

/** Undefined: it is no message that this version knows. */
export function decodeMessage(line: string): TraceMessage | undefined {
  try {
    const value = HAS_LONG.test(line) ? parseExactly(line) : JSON.parse(line)
    if (value?.version !== 1 || !Object.hasOwn(CHECKS, value.type)) return undefined
    return CHECKS[value.type]!(value) ? value : undefined
  } catch {
    return undefined // no JSON
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

/** Numbers keep all digits (ECMAScript's source text access, which TypeScript does not know yet). */
function parseExactly(line: string) {
  const keep: Reviver = (_, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '')
      ? BigInt(source!)
      : value
  return JSON.parse(line, keep as Parameters<typeof JSON.parse>[1])
}
