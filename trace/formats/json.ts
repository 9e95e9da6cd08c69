/** One JSON object per line: calls, ends of threads, losses (`TraceEvent`). */
import { tracedCallLayout as layout } from '../../native/generated/trace-layout.ts'
import type { Fragments } from '../../otlp/fragments.ts'
import { constant, JsonWriter } from '../../otlp/json/json-writer.ts'
import { TWO_TO_32 } from '../../pipeline/data/u64.ts'
import { outcomeOf } from '../../syscalls/call.ts'
import { classify } from '../../syscalls/classes.ts'
import { rawOf } from '../../syscalls/decode/arguments.ts'
import type { CallDefinition } from '../../syscalls/decode/definition.ts'
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'
import type { EventBatch, Gap, ThreadEnd } from '../events/events.ts'
import type { ThreadFacts } from '../events/threads.ts'
import type { Format, FormatOptions } from './format.ts'
import type { SourceName } from './names.ts'
import { errorOf, outcomeNameOf } from './outcome.ts'
import { printableJson } from './printable.ts'
import { SecondClock, toRfc3339, toRfc3339Second } from './second-clock.ts'

const VERSION = 1
/** wait(2) */
const CORE_DUMPED = 0x80

/** Lines are handed on in pieces of about so many bytes. */
const PIECE = 64 * 1024
/** Most bytes of a line without its fragments and texts. */
const FIXED_BYTES = 512
const QUOTE = 0x22
/** Longer texts are made to bytes by the engine: what that takes does not grow with them. */
const SHORT = 32

const DURATION = constant(',"duration":')
const AT_LEAST = constant(',"at_least":true')
const ARGUMENTS = constant(',"args":{')
const TEXT = constant(',"text":')
const LATE = constant(',"late":true')
const RETURN_TEXT = constant(',"return_text":')
const BRACE = 0x7d
const LINE_END = constant('}}\n')
const NUMBER = constant('},"seq":')
const NUMBER_END = constant('}\n')

/** Numbers for lines: each gets the member `seq` at its end. */
export interface NumberedLines {
  /** The number of the next line. */
  next: number
  /** Where each line ends that is written but not handed on yet: the reader of the bytes takes them away. */
  ends: number[]
}

interface JsonOptions extends Pick<FormatOptions, 'write' | 'writeBytes' | 'names'> {
  /** Absent: lines have no numbers. */
  readonly lines?: NumberedLines
}

export const createJsonFormat = (options: JsonOptions): Format => new JsonFormat(options)

/** Makes the bytes of parts that repeat once, and lines of them without a string for each. 64-bit integers keep their digits. */
class JsonFormat implements Format {
  readonly #options: JsonOptions
  readonly #writer = new JsonWriter(2 * PIECE)
  readonly #time = new SecondClock(
    seconds => `{"version":${VERSION},"type":"call","time":"${toRfc3339Second(seconds)}`,
  )
  readonly #start = new SecondClock(seconds => `,"start":${seconds || ''}`)
  readonly #finish = new SecondClock(seconds => `,"finish":${seconds || ''}`)
  readonly #calls = new WeakMap<CallDefinition, CallParts>()
  readonly #threads = new WeakMap<ThreadFacts, ThreadPart>()
  readonly #endings = new Map<number, Fragments>()
  #offsetNs = 0n

  constructor(options: JsonOptions) {
    this.#options = options
  }

  begin({ unixOffsetNs }: Pick<EventBatch, 'unixOffsetNs'>): void {
    this.#offsetNs = unixOffsetNs
    this.#time.setOffset(unixOffsetNs)
  }

  call(call: TracedCall, thread: ThreadFacts): void {
    const w = this.#writer
    const [parts, who] = [this.#partsOf(call), this.#threadOf(thread)]
    w.reserve(FIXED_BYTES + parts.syscall.longest + who.longest)
    const [low, high] = [call.word(layout.startNs), call.word(layout.startNs + 4)]
    this.#time.write(w, low, high)
    w.fragment(parts.syscall, 0)
    w.fragment(who, 0)
    w.fragment(this.#endingOf(call), 0)
    if (call.hasReturned) w.signed(call.word(layout.ret), call.word(layout.ret + 4))
    else w.raw('null')
    if (!call.definition.returnsNumber && call.hasReturned && call.errno === 0) writeResult(w, call)
    this.#start.write(w, low, high)
    this.#finish.write(w, call.word(layout.endNs), call.word(layout.endNs + 4))
    w.fragment(DURATION, 0)
    writeDuration(w, call.durationNs)
    if (call.hasBegunUnseen) w.fragment(AT_LEAST, 0)
    w.fragment(ARGUMENTS, 0)
    writeArguments(w, call, parts.labels)
    if (this.#options.lines) this.#endNumbered(this.#options.lines)
    else w.fragment(LINE_END, 0)
    if (w.length >= PIECE) this.flush()
  }

  inFlight(call: TracedCall, thread: ThreadFacts): void {
    const { startNs, durationNs, hasBegunUnseen } = call
    this.#write(
      `{"version":${VERSION},"type":"in_flight","time":"${toRfc3339(startNs + this.#offsetNs)}",` +
        `${inner({ syscall: toSyscall(call) })},${inner(toThread(thread))},` +
        `${inner(toSource(this.#options.names.of(thread.resource)))},"start":${startNs},"duration":${durationNs},` +
        `${hasBegunUnseen ? '"at_least":true,' : ''}${inner({ args: toArguments(call) })}`,
    )
  }

  end({ timeNs, status, isProcess }: ThreadEnd, thread: ThreadFacts): void {
    const signal = status & 0x7f
    const facts = {
      exit_code: signal === 0 ? (status >>> 8) & 0xff : null,
      signal: signal === 0 ? null : signal,
      ...(status & CORE_DUMPED && signal !== 0 && { core_dumped: true }),
      last_thread: isProcess,
    }
    this.#write(
      `{"version":${VERSION},"type":"end","time":"${toRfc3339(timeNs + this.#offsetNs)}",${inner(toThread(thread))},` +
        `${inner(toSource(this.#options.names.of(thread.resource)))},${inner(facts)}`,
    )
  }

  gap({ events, reason, resource }: Gap): void {
    this.#write(
      `{"version":${VERSION},"type":"lost","calls":${events},"reason":${JSON.stringify(reason)},` +
        `${inner(toSource(this.#options.names.of(resource)))}`,
    )
  }

  flush(): void {
    if (this.#writer.length > 0) this.#options.writeBytes(this.#writer.toBytes())
    this.#writer.rewind(0)
  }

  finish(): void {
    this.flush()
  }

  /** A line that is too rare for parts that are made once. `json` has no brace at its end. */
  #write(json: string): void {
    const { lines, write } = this.#options
    if (!lines) {
      this.flush()
      write(`${json}}\n`)
      return
    }
    const w = this.#writer
    w.json(`${json},"seq":${lines.next++}}\n`)
    lines.ends.push(w.length)
    if (w.length >= PIECE) this.flush()
  }

  #endNumbered(lines: NumberedLines): void {
    const w = this.#writer
    const seq = lines.next++
    w.fragment(NUMBER, 0)
    w.unsigned(seq % TWO_TO_32, Math.floor(seq / TWO_TO_32))
    w.fragment(NUMBER_END, 0)
    lines.ends.push(w.length)
  }

  #partsOf(call: TracedCall): CallParts {
    const known = this.#calls.get(call.definition)
    if (known !== undefined) return known
    const parts = toCallParts(call)
    this.#calls.set(call.definition, parts)
    return parts
  }

  #threadOf(thread: ThreadFacts): Fragments {
    const source = this.#options.names.of(thread.resource)
    const known = this.#threads.get(thread)
    if (known?.source === source) return known.json
    const json = constant(`${inner(toThread(thread))},${inner(toSource(source))},"error":"`)
    this.#threads.set(thread, { source, json })
    return json
  }

  #endingOf(call: TracedCall): Fragments {
    const key = call.errno * 256 + outcomeOf(call.high)
    const known = this.#endings.get(key)
    if (known !== undefined) return known
    const ending = constant(`${errorOf(call)}","outcome":"${outcomeNameOf(call)}","return":`)
    this.#endings.set(key, ending)
    return ending
  }
}

/** Who made a call and where, up to `"error":"`. */
interface ThreadPart {
  readonly source: SourceName
  readonly json: Fragments
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
    ipc_ns: thread.ipcNs,
    cgroup_ns: thread.cgroupNs,
  }
}

/** Whose call it is, as programs are told. */
export function toSource({ container, unit, cgroup }: SourceName) {
  if (!container) return { container: null, unit: unit ?? null, cgroup: cgroup ?? null }
  const { podUid, ...names } = container
  return { container: { ...names, pod_uid: podUid }, unit: null, cgroup: null }
}

/** Which call it is, as programs are told. */
export function toSyscall({ syscall, abi, definition: { name } }: TracedCall) {
  const { class: callClass, group } = classify(name)
  return { nr: syscall, name, class: callClass, group, abi }
}

/** Arguments by name, as programs are told. */
export function toArguments(call: TracedCall) {
  const { parameters } = call.definition
  return Object.fromEntries(
    parameters.map(({ name, ctype }, i) => [
      name,
      { type: ctype, raw: rawOf(ctype, call.argument(i)), text: call.printArgument(i) },
    ]),
  )
}

/** The parts that are the same in all lines of a definition, which is of one number of one ABI. */
interface CallParts {
  readonly syscall: Fragments
  /** The text in front of the value of each argument. */
  readonly labels: readonly Fragments[]
}

function toCallParts(call: TracedCall): CallParts {
  const { parameters } = call.definition
  return {
    syscall: constant(`Z","syscall":${JSON.stringify(toSyscall(call))},`),
    labels: parameters.map((parameter, i) =>
      constant(
        `${i === 0 ? '' : ','}${JSON.stringify(parameter.name)}:{"type":${JSON.stringify(parameter.ctype)},"raw":`,
      ),
    ),
  }
}

/** The result in words, if they are more than its number. */
function writeResult(w: JsonWriter, call: TracedCall): void {
  const text = call.printResult()
  if (text === `${call.number}`) return
  w.fragment(RETURN_TEXT, 0)
  writeQuoted(w, text)
}

function writeDuration(w: JsonWriter, ns: number): void {
  w.unsigned(ns % TWO_TO_32, Math.floor(ns / TWO_TO_32))
}

/** The members of the object of arguments. */
function writeArguments(w: JsonWriter, call: TracedCall, labels: readonly Fragments[]): void {
  const { parameters } = call.definition
  for (let i = 0; i < labels.length; i++) {
    const raw = rawOf(parameters[i]!.ctype, call.argument(i))
    w.reserve(FIXED_BYTES + labels[i]!.longest)
    w.fragment(labels[i]!, 0)
    if (typeof raw === 'number') w.raw(`${raw}`)
    else writeQuoted(w, raw)
    w.fragment(TEXT, 0)
    writeQuoted(w, call.printArgument(i))
    if (call.isLate(i)) w.fragment(LATE, 0)
    w.byte(BRACE)
  }
}

/** Printable ASCII, as all arguments are; two characters of it need an escape. Leaves room for what else a line has. */
function writeQuoted(w: JsonWriter, text: string): void {
  const isPlain = !text.includes('"') && !text.includes('\\')
  if (text.length > SHORT || !isPlain) {
    w.json(isPlain ? `"${text}"` : JSON.stringify(text))
    w.reserve(FIXED_BYTES)
    return
  }
  w.reserve(FIXED_BYTES + text.length)
  w.byte(QUOTE)
  w.raw(text)
  w.byte(QUOTE)
}

/** The members of an object, without its braces. */
function inner(object: object): string {
  return printableJson(JSON.stringify(object)).slice(1, -1)
}
