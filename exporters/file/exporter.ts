import { setImmediate as eventLoop } from 'node:timers/promises'
import type { EncodeOptions } from '../../otlp/encode.ts'
import { encodeLines } from '../../otlp/json/encode.ts'
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Consumers, Create, Host, Part, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { countItems } from '../../pipeline/graph/counted.ts'
import { createExporterCounters, type ExporterCounters } from '../../pipeline/item-counters.ts'
import { LimitedLog } from '../../pipeline/limited-log.ts'
import { memoized } from '../../pipeline/memoized.ts'
import type { Lease, Service } from '../../pipeline/services.ts'
import { toBoundExponents } from '../shared/classic-histograms.ts'
import { createConsumers, notRunning } from '../shared/consumers.ts'
import type { FileConfig } from './config.ts'
import { type FileSystem, OutputFile } from './output-file.ts'
import { WriteBuffer } from './write-buffer.ts'

const MIB = 2 ** 20
/** No line but one of a single item is longer: a unit of work of a millisecond or so, and one that readers can hold. */
const LINE_BYTES = MIB
/** Each of two. */
const BUFFER_BYTES = 4 * MIB
const LOG_EVERY_MS = 30_000

/** Parts that tests replace. */
interface FileParts {
  readonly clock?: Clock
  readonly fs?: FileSystem
}

interface Note {
  readonly signal: Signal
  readonly items: number
}

interface Running {
  readonly host: Host
  readonly file: OutputFile
  readonly buffer: WriteBuffer<Note>
}

/** Appends what it is given to a file, as lines of OTLP/JSON; each item is counted as written or as lost. */
export class FileExporter implements Part {
  readonly countsItself = true
  readonly consumers: Consumers
  readonly #context: Create<FileConfig>
  readonly #parts: FileParts
  readonly #clock: Clock
  readonly #encoding: EncodeOptions
  readonly #losses: LimitedLog
  readonly #problems: LimitedLog
  readonly #countersOf: (signal: Signal) => ExporterCounters
  #running: Running | undefined
  /** As long as anybody of this process has one, the file is not emptied: a successor goes on in it. */
  #share: Lease<Service> | undefined
  /** Nothing is taken any more, while what was taken is still written. */
  #isClosing = false
  #isDegraded = false

  constructor(context: Create<FileConfig>, parts: FileParts = {}) {
    const { log, config, meter, id } = context
    this.#context = context
    this.#parts = parts
    this.#clock = parts.clock ?? systemClock
    this.#encoding = {
      items: Number.POSITIVE_INFINITY,
      bytes: LINE_BYTES,
      bounds: toBoundExponents(config.classic_histograms),
    }
    this.#losses = new LimitedLog(this.#clock, LOG_EVERY_MS, (dropped_items, { message: error }) =>
      log.error({ error, dropped_items, path: config.path }, 'The file could not be written, data is lost'),
    )
    this.#problems = new LimitedLog(this.#clock, LOG_EVERY_MS, (_, { message: error }) =>
      log.warn(
        { error, path: config.path },
        'The file could not be put aside, or an older one not be removed',
      ),
    )
    this.#countersOf = memoized(new Map(), signal => createExporterCounters(meter, id, signal))
    this.consumers = createConsumers((signal, batch, abort) => this.#consume(signal, batch, abort))
  }

  /** Opens the file. Rejects with COMPONENT_START_FAILED if it cannot be written. */
  async start(host: Host): Promise<void> {
    const { id, config } = this.#context
    const clock = this.#clock
    const onProblem = (error: Error) => this.#problems.add(1, error)
    const file = new OutputFile({ config, clock, onProblem, ...(this.#parts.fs && { fs: this.#parts.fs }) })
    let isShared = true
    this.#share = await host.service(`exporters/file ${config.path}`, () => {
      isShared = false
      return { close: async () => {} }
    })
    await file.open(isShared).catch((cause: NodeJS.ErrnoException) => {
      const message = `exporters::${id}::path: must be a file that can be written, got ${JSON.stringify(config.path)}: ${cause.message}; ${remedy(cause.code)}`
      throw new SwollError('COMPONENT_START_FAILED', message, { cause })
    })
    const largest = (config.rotation?.max_megabytes ?? Number.POSITIVE_INFINITY) * MIB
    const buffer = new WriteBuffer<Note>({
      capacityBytes: Math.min(BUFFER_BYTES, largest),
      chunkBytes: LINE_BYTES,
      flushIntervalMs: config.flush_interval,
      clock,
      write: lines => file.write(lines),
      onSettled: (notes, error) => this.#settle(notes, error),
    })
    this.#running = { host, file, buffer }
  }

  /** Writes what is buffered; what the deadline leaves is counted as lost. */
  async shutdown(abort: AbortSignal): Promise<void> {
    try {
      await this.#close(abort)
    } finally {
      await this.#share?.release(abort)
    }
  }

  async #close(abort: AbortSignal): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    this.#isClosing = true
    await running.buffer.shutdown(abort)
    this.#running = undefined
    for (const log of [this.#losses, this.#problems]) log.flush()
    const closed = running.file.close()
    // A write that hangs, on a network disk perhaps, would keep the file open past the deadline.
    if (abort.aborted) closed.catch(() => {})
    else await closed
  }

  /** Resolves when all of the batch is in the buffer, and so waits for a disk that is slower than the data. */
  async #consume<S extends Signal>(signal: S, batch: Batches[S], abort: AbortSignal): Promise<void> {
    let left = countItems(signal, batch)
    const lines = encodeLines(signal, batch, this.#encoding)
    for (;;) {
      while (this.#running && !this.#isClosing && !this.#running.buffer.hasRoom && !abort.aborted)
        await this.#running.buffer.room(abort)
      if (this.#running === undefined || this.#isClosing || abort.aborted) {
        this.#countersOf(signal).enqueueFailed(left)
        throw notRunning(this.#context)
      }
      // From here to `add` nothing else runs: the line is in memory that all lines share.
      const line = lines.next().value
      if (line === undefined) return
      this.#running.buffer.add(line.bytes, { signal, items: line.items })
      left -= line.items
      await eventLoop()
    }
  }

  #settle(notes: readonly Note[], error: Error | undefined): void {
    for (const { signal, items } of notes) {
      const counters = this.#countersOf(signal)
      if (error) counters.sendFailed(items)
      else counters.sent(items)
      if (error) this.#losses.add(items, error)
    }
    if (error === undefined && this.#isDegraded) this.#running?.host.report('ok')
    if (error !== undefined && !this.#isDegraded) this.#running?.host.report('recoverable', error)
    this.#isDegraded = error !== undefined
  }
}

function remedy(code: string | undefined): string {
  if (code === 'ENOENT') return 'create its folder, or set create_directory: true'
  if (code === 'EISDIR') return 'name a file in that folder'
  return code === 'EACCES' || code === 'EROFS' ? 'choose a folder that swoll may write to' : 'check the path'
}
