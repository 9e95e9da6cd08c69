/** Takes batches of events, and passes them on: to a format, to a recording, to the totals. */
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { EventBatch } from '../events/events.ts'
import type { ThreadFacts } from '../events/threads.ts'
import type { Recorder } from '../recording/writer.ts'
import type { Format } from './format.ts'

interface PrinterOptions {
  readonly abis: readonly (Abi | undefined)[]
  readonly format?: Format | undefined
  readonly recorder?: Recorder | undefined
  /** Takes secrets out of a call's memory. */
  readonly redact?: ((call: TracedCall) => void) | undefined
  /** Is kept to processes that made calls and are not known to have ended, by their ids: a thread of each. */
  readonly living?: Map<number, ThreadFacts> | undefined
}

export class Printer {
  readonly #options: PrinterOptions
  calls = 0
  lost = 0
  /** Calls that are in the recording. */
  recorded = 0

  constructor(options: PrinterOptions) {
    this.#options = options
  }

  take(batch: EventBatch): void {
    const { abis, format, recorder, redact, living } = this.#options
    format?.begin?.(batch)
    batch.visit(abis, {
      call: (call, thread) => {
        living?.set(thread.tgid, thread)
        this.calls++
        redact?.(call)
        format?.call(call, thread)
      },
      inFlight: (call, thread) => {
        living?.set(thread.tgid, thread)
        redact?.(call)
        format?.inFlight?.(call, thread)
      },
      end: (end, thread) => {
        if (end.isProcess) living?.delete(thread.tgid)
        format?.end?.(end, thread)
      },
    })
    for (const gap of batch.gaps) {
      this.lost += gap.events
      format?.gap(gap)
    }
    format?.flush?.()
    recorder?.add(batch)
    this.recorded = this.calls
  }

  finish(): void {
    const { format, recorder } = this.#options
    format?.finish?.()
    recorder?.end({ events: this.calls, lost: this.lost })
  }
}
