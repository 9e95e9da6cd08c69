/** The interface of all output formats. Types only. */
import type { Clock } from '../../pipeline/clock.ts'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { ShownCall } from '../../syscalls/decode/shown-call.ts'
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { EventBatch, Gap, ShownGap, ThreadEnd } from '../events/events.ts'
import type { ShownThread, ThreadFacts } from '../events/threads.ts'
import type { Names } from './names.ts'
import type { Sort } from './sorts.ts'

export interface Format {
  /** Begins a batch, which goes up to `flush`: at most so many events, and the offset of their times to Unix time. */
  begin?(batch: Pick<EventBatch, 'length' | 'unixOffsetNs'>): void
  /** The call is valid only until this returns. */
  call(call: TracedCall, thread: ThreadFacts): void
  /** A call that has not ended. Absent: it is not shown. */
  inFlight?(call: TracedCall, thread: ThreadFacts): void
  /** A thread that had made calls is gone. */
  end?(end: ThreadEnd, thread: ThreadFacts): void
  /** Calls are missing. */
  gap(gap: Gap): void
  /** The batch is over. */
  flush?(): void
  /** Nothing more comes. */
  finish?(): void
}

/** A format that needs no more of a call than what lines show, so that it prints messages of agents as well. */
export interface LineFormat extends Omit<Format, 'call' | 'inFlight' | 'end' | 'gap'> {
  call(call: ShownCall, thread: ShownThread): void
  inFlight?(call: ShownCall, thread: ShownThread): void
  end?(end: Pick<ThreadEnd, 'timeNs' | 'status'>, thread: ShownThread): void
  gap(gap: ShownGap): void
}

/** How calls are shown, where the format leaves a choice. */
export interface Display {
  /** The time at which a call began, in front of it: of the day, to seconds or microseconds, or as seconds of Unix time. */
  readonly clock: 'none' | 'seconds' | 'microseconds' | 'unix'
  /** In front of each call, the time since the one before began. */
  readonly isRelative: boolean
  /** Behind each call, how long it took. */
  readonly hasDurations: boolean
  /** C types of arguments. */
  readonly hasTypes: boolean
  /** The order of a summary's rows. */
  readonly sort: Sort
}

export interface FormatOptions {
  /** Takes text that ends in a newline. */
  write(text: string): void
  /** The same, as bytes of UTF-8; copied. */
  writeBytes(bytes: Uint8Array): void
  readonly names: Names
  /** The ABIs of the machine that made the events. */
  readonly abis: readonly (Abi | undefined)[]
  readonly clock: Pick<Clock, 'unixNano'>
  /** Attributes of the host where it happened; asked once, by who shows them. */
  readonly origin: () => Attributes
  readonly hasColours: boolean
  readonly display: Display
  /** Whether ids tell processes apart from the first line on, rather than once there are several. */
  readonly hasManyProcesses: boolean
}

export type LineOptions = Pick<
  FormatOptions,
  'write' | 'names' | 'hasColours' | 'display' | 'hasManyProcesses'
>
