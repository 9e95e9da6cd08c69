/** One JSON object per line: calls, ends of threads, losses (`TraceEvent`). */
import { argumentsOf } from '../../receiver/ebpf/decode/arguments.ts'
import type { TracedCall } from '../../receiver/ebpf/decode/traced-call.ts'
import type { ThreadFacts } from '../../receiver/ebpf/trace/threads.ts'
import { classify } from '../../syscalls/classes.ts'
import type { Format, FormatOptions } from './format.ts'
import type { SourceName } from './names.ts'
import { errorOf, outcomeNameOf } from './outcome.ts'

const VERSION = 1
const NS_PER_MS = 1_000_000n

/** Written piece by piece: 64-bit integers keep their digits, and what repeats is made once. */
export function createJsonFormat({ write, names }: FormatOptions): Format {
  let offsetNs = 0n
  const toTime = (monotonicNs: bigint) => formatTime(monotonicNs + offsetNs)
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

  return {
    setClock(unixOffsetNs) {
      offsetNs = unixOffsetNs
    },
    call(call, thread) {
      write(
        `{"version":${VERSION},"type":"call","time":"${toTime(call.startNs)}","syscall":${callText(call)},` +
          `${threadText(thread)},${sourceText(names.of(thread.resource))},` +
          `"error":"${errorOf(call)}","outcome":"${outcomeNameOf(call)}",` +
          `"return":${call.hasReturned ? call.value : null},"start":${call.startNs},"finish":${call.endNs},` +
          `"args":${argumentsText(call)}}\n`,
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

function callText({ syscall, abi, definition: { name } }: TracedCall): string {
  const { class: callClass, group } = classify(name)
  return `{"nr":${syscall},"name":"${name}","class":"${callClass}","group":"${group}","abi":"${abi}"}`
}

function argumentsText(call: TracedCall): string {
  const entries = argumentsOf(call).map(({ name, type, raw, text }) => [name, { type, raw, text }])
  return JSON.stringify(Object.fromEntries(entries))
}

const CONTROLS = /[\x7f-\x9f]/g

/** The members of an object, without its braces. JSON itself would let through what terminals take for commands. */
function inner(object: object): string {
  return JSON.stringify(object)
    .slice(1, -1)
    .replace(CONTROLS, found => `\\u00${found.charCodeAt(0).toString(16)}`)
}

function formatTime(unixNs: bigint): string {
  const date = new Date(Number(unixNs / NS_PER_MS)).toISOString()
  const digits = String(unixNs % NS_PER_MS).padStart(6, '0')
  return `${date.slice(0, -1)}${digits}Z`
}
