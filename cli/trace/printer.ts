/** Takes batches of events, and passes on what is wanted of them: to a format, to a recording, to the totals. */
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { EventBatch, Loss, ThreadEnd } from '../../trace/events/events.ts'
import type { ThreadFacts } from '../../trace/events/threads.ts'
import type { Format } from '../../trace/formats/format.ts'
import type { Recorder } from '../../trace/recording/writer.ts'

export type Batch = Pick<EventBatch, 'visit' | 'records' | 'gaps' | 'unixOffsetNs' | 'length'>

export interface PrinterOptions {
  readonly abis: readonly (Abi | undefined)[]
  readonly format?: Format | undefined
  readonly recorder?: Recorder | undefined
  /** Takes secrets out of a call's memory. */
  readonly redact?: ((call: TracedCall) => void) | undefined
  /** Whether a call is wanted after all. Default: all are. */
  readonly isOurs?: ((call: TracedCall, thread: ThreadFacts) => boolean) | undefined
  /** The same of a thread, for its calls and its end. */
  readonly isThreadOurs?: ((thread: ThreadFacts) => boolean) | undefined
  /** True: what comes has happened long ago, to processes of anywhere. */
  readonly isReplay?: boolean | undefined
  /** No more calls than this. */
  readonly count?: number | undefined
}

export class Printer {
  readonly #options: PrinterOptions
  calls = 0
  lost = 0
  /** Of the calls, those that are in the recording. */
  recorded = 0
  /** Processes that made calls and are not known to have ended, by their ids: a thread of each. Of a recording nobody asks for them. */
  readonly living: Map<number, ThreadFacts> | undefined

  constructor(options: PrinterOptions) {
    this.#options = options
    this.living = options.isReplay ? undefined : new Map()
  }

  /** As many calls as were asked for have come. */
  get isDone(): boolean {
    return this.calls >= (this.#options.count ?? Number.POSITIVE_INFINITY)
  }

  take(batch: Batch): void {
    const { abis, format, recorder } = this.#options
    format?.begin?.(batch)
    const isKept = new Uint8Array(batch.length)
    let index = 0
    batch.visit(abis, {
      call: (call, thread) => {
        isKept[index++] = this.#call(call, thread) ? 1 : 0
      },
      end: (end, thread) => {
        isKept[index++] = this.#end(end, thread) ? 1 : 0
      },
    })
    for (const gap of batch.gaps) this.#gap(gap, format)
    format?.flush?.()
    recorder?.add(batch, at => isKept[at] === 1)
    this.recorded = this.calls
  }

  finish(): void {
    const { format, recorder } = this.#options
    format?.finish()
    recorder?.end({ events: this.calls, lost: this.lost })
  }

  #call(call: TracedCall, thread: ThreadFacts): boolean {
    const { isOurs, isThreadOurs, redact, format } = this.#options
    if (this.isDone || isThreadOurs?.(thread) === false || isOurs?.(call, thread) === false) return false
    this.living?.set(thread.tgid, thread)
    this.calls++
    redact?.(call)
    format?.call(call, thread)
    return true
  }

  #end(end: ThreadEnd, thread: ThreadFacts): boolean {
    if (end.isProcess) this.living?.delete(thread.tgid)
    if (this.isDone || this.#options.isThreadOurs?.(thread) === false) return false
    this.#options.format?.end(end, thread)
    return true
  }

  #gap(gap: Loss, format: Format | undefined): void {
    this.lost += gap.events
    format?.gap(gap)
  }
}
