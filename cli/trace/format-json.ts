/** One JSON object per line: calls, ends of threads, losses (`TraceEvent`). */
import { rawOf } from '../../receiver/ebpf/decode/arguments.ts'
import type { CallDefinition } from '../../receiver/ebpf/decode/definition.ts'
import type { TracedCall } from '../../receiver/ebpf/decode/traced-call.ts'
import type { ThreadFacts } from '../../receiver/ebpf/trace/threads.ts'
import { classify } from '../../syscalls/classes.ts'
import type { Format, FormatOptions } from './format.ts'
import type { SourceName } from './names.ts'
import { errorOf, outcomeNameOf } from './outcome.ts'
import { printableJson } from './printable.ts'

const VERSION = 1
const NS_PER_S = 1_000_000_000

/** Written piece by piece: 64-bit integers keep their digits, and what repeats is made once. */
export function createJsonFormat({ write, names }: Pick<FormatOptions, 'write' | 'names'>): Format {
  let offsetNs = 0n
  const formatTime = createTimeFormat()
  const toTime = (monotonicNs: bigint) => formatTime(monotonicNs + offsetNs)
  const callTexts = new WeakMap<CallDefinition, CallTexts>()
  const threadTexts = new WeakMap<ThreadFacts, string>()
  const sourceTexts = new WeakMap<SourceName, string>()

  function threadText(thread: ThreadFacts): string {
    const known = threadTexts.get(thread)
    if (known !== undefined) return known
    const text = inner(toThread(thread))
    threadTexts.set(thread, text)
    return text
  }
  function sourceText(source: SourceName): string {
    const known = sourceTexts.get(source)
    if (known !== undefined) return known
    const text = inner(toSource(source))
    sourceTexts.set(source, text)
    return text
  }

  function textsOf(call: TracedCall): CallTexts {
    const known = callTexts.get(call.definition)
    if (known !== undefined) return known
    const texts = toCallTexts(call)
    callTexts.set(call.definition, texts)
    return texts
  }

  return {
    begin({ unixOffsetNs }) {
      offsetNs = unixOffsetNs
    },
    call(call, thread) {
      const texts = textsOf(call)
      const { startNs } = call
      write(
        `{"version":${VERSION},"type":"call","time":"${toTime(startNs)}","syscall":${texts.syscall},` +
          `${threadText(thread)},${sourceText(names.of(thread.resource))},` +
          `"error":"${errorOf(call)}","outcome":"${outcomeNameOf(call)}",` +
          `"return":${call.hasReturned ? call.value : null},"start":${startNs},"finish":${call.endNs},` +
          `"args":{${argumentsText(call, texts.labels)}}}\n`,
      )
    },
    end({ timeNs, status, isProcess }, thread) {
      const signal = status & 0x7f
      const facts = {
        exit_code: signal === 0 ? (status >>> 8) & 0xff : null,
        signal: signal === 0 ? null : signal,
        last_thread: isProcess,
      }
      write(
        `{"version":${VERSION},"type":"end","time":"${toTime(timeNs)}",${threadText(thread)},` +
          `${sourceText(names.of(thread.resource))},${inner(facts)}}\n`,
      )
    },
    gap({ events, reason, resource }) {
      write(
        `{"version":${VERSION},"type":"lost","calls":${events},"reason":${JSON.stringify(reason)},` +
          `${sourceText(names.of(resource))}}\n`,
      )
    },
    finish() {},
  }
}

function toThread(thread: ThreadFacts) {
  return {
    pid: thread.tgid,
    tid: thread.tid,
    ppid: thread.parentTgid,
    container_pid: thread.nsTgid,
    container_tid: thread.nsTid,
    uid: thread.uid,
    gid: thread.gid,
    comm: thread.comm,
    session: thread.session,
    pid_ns: thread.pidNs,
    uts_ns: thread.utsNs,
    mount_ns: thread.mntNs,
    net_ns: thread.netNs,
  }
}

function toSource({ container, unit, cgroup }: SourceName) {
  if (!container) return { container: null, unit: unit ?? null, cgroup: cgroup ?? null }
  const { podUid, ...names } = container
  return { container: { ...names, pod_uid: podUid }, unit: null, cgroup: null }
}

/** What is the same in all lines of a definition, which is of one number of one ABI. */
interface CallTexts {
  readonly syscall: string
  /** What stands before the value of each argument. */
  readonly labels: readonly string[]
}

function toCallTexts({ syscall, abi, definition: { name, parameters } }: TracedCall): CallTexts {
  const { class: callClass, group } = classify(name)
  return {
    syscall: `{"nr":${syscall},"name":"${name}","class":"${callClass}","group":"${group}","abi":"${abi}"}`,
    labels: parameters.map(
      (parameter, i) =>
        `${i === 0 ? '' : ','}${JSON.stringify(parameter.name)}:{"type":${JSON.stringify(parameter.ctype)},"raw":`,
    ),
  }
}

/** The members of the object of arguments. */
function argumentsText(call: TracedCall, labels: readonly string[]): string {
  const { parameters } = call.definition
  let text = ''
  for (let i = 0; i < labels.length; i++) {
    const { ctype, kind } = parameters[i]!
    const argument = call.argument(i)
    const raw = rawOf(ctype, argument)
    const printed = JSON.stringify(kind.print(argument))
    text += `${labels[i]}${typeof raw === 'number' ? raw : `"${raw}"`},"text":${printed}}`
  }
  return text
}

/** The members of an object, without its braces. */
function inner(object: object): string {
  return printableJson(JSON.stringify(object)).slice(1, -1)
}

/** RFC 3339 in UTC, with nanoseconds. The second is made to text only when it changes. */
function createTimeFormat(): (unixNs: bigint) => string {
  let secondNs = 0n
  let second = '1970-01-01T00:00:00.'
  return unixNs => {
    let within = Number(unixNs - secondNs)
    if (within < 0 || within >= NS_PER_S) {
      secondNs = unixNs - (unixNs % BigInt(NS_PER_S))
      within = Number(unixNs - secondNs)
      second = `${new Date(Number(secondNs / 1_000_000n)).toISOString().slice(0, 19)}.`
    }
    return `${second}${String(NS_PER_S + within).slice(1)}Z`
  }
}
