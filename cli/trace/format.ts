/** What every output format does. Types only. */
import type { TracedCall } from '../../receiver/ebpf/decode/traced-call.ts'
import type { Gap, ThreadEnd } from '../../receiver/ebpf/trace/events.ts'
import type { ThreadFacts } from '../../receiver/ebpf/trace/threads.ts'
import type { Names } from './names.ts'

export type Loss = Pick<Gap, 'resource' | 'reason' | 'events'>

export interface Format {
  /** What to add to the times of what follows for Unix time, in ns. */
  setClock?(unixOffsetNs: bigint): void
  /** The call is valid only until this returns. */
  call(call: TracedCall, thread: ThreadFacts): void
  /** A thread that had made calls is gone. */
  end(end: ThreadEnd, thread: ThreadFacts): void
  /** Calls are missing. */
  gap(gap: Loss): void
  /** Nothing more comes. */
  finish(): void
}

export interface FormatOptions {
  /** Takes text that ends in a newline. */
  write(text: string): void
  readonly names: Names
  readonly hasColours: boolean
}
