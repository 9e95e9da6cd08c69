/** What messages of agents tell, in the form in which formats take it. */
import { tracedCallLayout as layout } from '../../native/generated/trace-layout.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import { highWord, lowWord } from '../../pipeline/data/u64.ts'
import { OUTCOME_NAMES } from '../../syscalls/call.ts'
import { definitionOf } from '../../syscalls/decode/definition.ts'
import type { ShownCall } from '../../syscalls/decode/shown-call.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { ShownThread } from '../events/threads.ts'
import type { CallMessage, EndMessage, LostMessage } from './messages.ts'
import { toAttributes } from './resource-names.ts'

const MAX_ERRNO = 4095
const CORE_DUMPED = 0x80
const OUTCOMES = new Map(Object.entries(OUTCOME_NAMES).map(([code, name]) => [name, Number(code)]))
/** Codes of ABIs in calls; those of the machine itself are 0. */
export const MESSAGE_ABIS: readonly (Abi | undefined)[] = [undefined, 'i386', 'x32', 'arm']

/** A call as a message tells of it; its clock is that of the agent's host, Unix time. */
export class MessageCall implements ShownCall {
  readonly definition: ShownCall['definition']
  readonly high: number
  readonly startNs: bigint
  readonly durationNs: number
  readonly hasReturned: boolean
  readonly hasBegunUnseen: boolean
  readonly errno: number
  readonly #returned: bigint
  readonly #message: CallMessage
  readonly #texts: readonly string[]

  constructor(message: CallMessage) {
    this.#message = message
    this.#texts = Object.values(message.args).map(({ text }) => text)
    this.definition = definitionFor(message)
    this.startNs = decodeTime(message.time)
    this.durationNs = message.duration
    this.#returned = BigInt(message.return ?? 0)
    this.hasReturned = message.return !== null
    this.hasBegunUnseen = message.at_least === true
    this.errno = errnoIn(this.#returned)
    const abi = Math.max(MESSAGE_ABIS.indexOf(message.syscall.abi), 0)
    this.high = (((OUTCOMES.get(message.outcome) ?? 0) << 24) | (abi << 16) | this.errno) >>> 0
  }

  word(offset: number): number {
    const isLow = offset % 8 === 0
    const unsigned = BigInt.asUintN(64, this.#longAt(isLow ? offset : offset - 4))
    return isLow ? lowWord(unsigned) : highWord(unsigned)
  }

  #longAt(offset: number): bigint {
    if (offset === layout.startNs) return this.startNs
    return offset === layout.endNs ? this.startNs + BigInt(this.durationNs) : this.#returned
  }

  printArgument(index: number): string {
    return this.#texts[index] ?? ''
  }

  printResult(): string {
    return this.#message.return_text ?? `${this.#returned}`
  }
}

function errnoIn(returned: bigint): number {
  return returned < 0n && returned >= -MAX_ERRNO ? Number(-returned) : 0
}

/** The one of this version's tables; for a call that they have otherwise, one of what the message says. */
function definitionFor({ syscall, args }: CallMessage): ShownCall['definition'] {
  const known = definitionOf(syscall.abi, syscall.nr)
  const names = Object.keys(args)
  const isSame =
    known.name === syscall.name &&
    known.parameters.length === names.length &&
    known.parameters.every(({ name }, i) => name === names[i])
  if (isSame) return known
  return {
    name: syscall.name,
    parameters: Object.entries(args).map(([name, { type }]) => ({ name, ctype: type })),
    shown: names.map((_, index) => ({ index, label: '' })),
  }
}

/** What lines show of the end of a thread. */
export function toEnd({ time, exit_code, signal, core_dumped }: EndMessage) {
  const status = signal === null ? ((exit_code ?? 0) & 0xff) << 8 : signal | (core_dumped ? CORE_DUMPED : 0)
  return { timeNs: decodeTime(time), status }
}

/** Sources that are remembered; so many containers at once is more than any cluster shows. */
const MAX_SOURCES = 16_384
/** Distinguishes what is told apart of a source by no printable text. */
const BETWEEN = '\0'

/** Resources of messages, the same one for each container, with names of pods among their attributes. */
export class MessageSources {
  readonly #resources = new Map<string, Resource>()

  threadOf(message: CallMessage | EndMessage): ShownThread {
    const { tid, pid, ppid, container_pid, uid, comm } = message
    const resource = this.resourceOf(message)
    return { tid, tgid: pid, parentTgid: ppid, nsTgid: container_pid, uid, comm, resource }
  }

  /** Undefined: the message names none. */
  resourceOf({ container, unit, cgroup }: Pick<LostMessage, 'container' | 'unit' | 'cgroup'>) {
    if (!container && !unit && !cgroup) return undefined
    const { id, pod, name, namespace, pod_uid } = container ?? {}
    const key = [id, pod_uid, namespace, pod, name, unit, cgroup].join(BETWEEN)
    const known = this.#resources.get(key)
    if (known !== undefined) return known
    if (this.#resources.size >= MAX_SOURCES) this.#resources.clear()
    const resource = {
      id: key,
      attributes: attributesOf({ container: container ?? null, unit: unit ?? null, cgroup: cgroup ?? null }),
    }
    this.#resources.set(key, resource)
    return resource
  }
}

function attributesOf({ container, unit, cgroup }: Pick<CallMessage, 'container' | 'unit' | 'cgroup'>) {
  if (!container) return unit ? { 'systemd.unit': unit } : { 'process.linux.cgroup': cgroup! }
  const { id, pod_uid, namespace, pod, name, image, labels } = container
  const isKnown = namespace !== null && pod !== null
  return {
    ...(id !== null && { 'container.id': id }),
    ...(pod_uid !== null && { 'k8s.pod.uid': pod_uid }),
    ...(isKnown &&
      toAttributes({ namespace, pod, container: name ?? undefined, image: image ?? undefined, labels })),
  }
}

const NS_PER_S = 1_000_000_000n

/** Nanoseconds of Unix time, of an RFC 3339 time in UTC with any digits; 0 for what is none. */
export function decodeTime(time: string): bigint {
  const [, second, digits = ''] = /^(.{19})(?:\.(\d{1,9}))?Z$/.exec(time) ?? []
  const ms = Date.parse(`${second}Z`)
  if (second === undefined || Number.isNaN(ms)) return 0n
  return BigInt(ms / 1000) * NS_PER_S + BigInt(digits.padEnd(9, '0'))
}
