/** Shows the merged streams of agents on standard output, and says on standard error what becomes of each. */
import type { ClientError } from '../../client/client.ts'
import type { Merged, Merger } from '../../client/merge.ts'
import { describeSkews } from '../../client/skew.ts'
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import { pause } from '../../pipeline/pause.ts'
import { printableLines } from '../../pipeline/printable.ts'
import { createLineFormat } from '../../trace/formats/create-format.ts'
import type { Display } from '../../trace/formats/format.ts'
import { MESSAGE_ABIS } from '../../trace/formats/message-events.ts'
import { MessagePrinter } from '../../trace/formats/message-printer.ts'
import type { TraceMessage } from '../../trace/formats/messages.ts'
import { createNames } from '../../trace/formats/names.ts'
import { findRecordedName } from '../../trace/formats/resource-names.ts'
import { hasColours } from '../trace/open-output.ts'
import type { TextOutput } from '../trace/output.ts'
import { describeTotals } from '../trace/report.ts'
import type { CLIENT_OUTPUTS } from './options.ts'

const POLL_MS = 10
/** Ends of jobs that somebody wanted, or that were agreed on. */
const GOOD_ENDS: readonly string[] = ['Duration', 'Budget', 'Deleted']

export interface ViewOptions {
  readonly output: (typeof CLIENT_OUTPUTS)[number]
  readonly display: Display
  /** Enough is shown after so many calls. */
  readonly count?: number | undefined
}

interface ViewContext {
  readonly output: TextOutput
  /** What stands for the agent of this name in JSON. */
  readonly addressOf?: ((source: string) => object | undefined) | undefined
  readonly say: (text: string) => void
  readonly abort: AbortSignal
  readonly clock?: Clock
}

/** What came of it. */
export class View {
  readonly #options: ViewOptions
  readonly #context: ViewContext
  readonly #print: (items: readonly Received[]) => void
  readonly #finish: () => void
  calls = 0
  lost = 0
  /** Agents whose stream ended otherwise than it should, with why. */
  readonly failures = new Map<string, string>()

  constructor(options: ViewOptions, context: ViewContext) {
    this.#options = options
    this.#context = context
    const { print, finish } = createPrint(options, context)
    this.#print = print
    this.#finish = finish
    context.output.countCalls = () => this.calls
  }

  /** Resolves when all streams have ended, nobody reads any more, or enough is shown. What came by then is printed. */
  async show(merger: Merger): Promise<void> {
    const { output, abort, clock = systemClock } = this.#context
    for await (const batch of merger.batches()) {
      this.#print(batch.flatMap(item => this.#receive(item)))
      output.flush()
      while (output.isFull && !abort.aborted) await pause(clock, POLL_MS, abort)
      if (output.error !== undefined || this.#hasEnough) break
    }
    this.#finish()
    output.flush()
    for (const line of describeSkews(merger.skews)) this.#context.say(line)
  }

  get #hasEnough(): boolean {
    return this.#options.count !== undefined && this.calls >= this.#options.count
  }

  /** What people are told in the end. */
  get totals(): string {
    return describeTotals(this.calls, this.lost)
  }

  #receive(item: Merged): Received[] {
    if ('ended' in item) return this.#end(item.source, item.error)
    const { source, streamed } = item
    if ('change' in streamed) {
      this.#tellChange(source, streamed.change, streamed.error)
      return []
    }
    const { message, line } = streamed
    if (message.type === 'over') {
      if (!GOOD_ENDS.includes(message.reason))
        this.#fail(source, `the job is over: ${message.message ?? message.reason}`)
      return []
    }
    if (this.#hasEnough) return []
    if (message.type === 'call') this.calls++
    if (message.type === 'lost') this.lost += message.calls
    return [{ source, message, line }]
  }

  #end(source: string, error: ClientError | undefined): [] {
    if (error !== undefined && !this.#context.abort.aborted) this.#fail(source, error.message)
    return []
  }

  #fail(source: string, why: string): void {
    this.failures.set(source, why)
    this.#context.say(why.startsWith(source) ? why : `${source}: ${why}`)
  }

  readonly #wasConnected = new Set<string>()

  #tellChange(source: string, change: string, error: Error | undefined): void {
    const { say } = this.#context
    if (change === 'disconnected') say(`${error?.message ?? source}; trying again`)
    else if (change === 'restarted') say(`${source}: the agent has begun anew; calls meanwhile are missing`)
    else if (this.#wasConnected.has(source)) say(`${source}: connected again`)
    this.#wasConnected.add(source)
  }
}

interface Received {
  readonly source: string
  readonly message: TraceMessage
  readonly line: string
}

function createPrint({ output: name, display }: ViewOptions, context: ViewContext) {
  const { output, addressOf } = context
  if (name === 'json' || name === 'jsonl') {
    const wrap = name === 'json' ? createWrap(addressOf) : (_: string, line: string) => line
    return {
      print: (items: readonly Received[]) => {
        for (const { source, line } of items) output.write(`${printableLines(wrap(source, line))}\n`)
      },
      finish: () => {},
    }
  }
  const format = createLineFormat(name, {
    write: output.write,
    writeBytes: output.writeBytes,
    names: createNames(findRecordedName),
    abis: MESSAGE_ABIS,
    clock: context.clock ?? systemClock,
    origin: () => ({}),
    hasColours: hasColours(1, undefined, process.env),
    display,
    hasManyProcesses: true,
  })
  const printer = new MessagePrinter(format)
  return {
    print: (items: readonly Received[]) => printer.print(items.map(({ message }) => message)),
    finish: () => printer.finish(),
  }
}

/** `{"endpoint":{"hostname":"a","port":9095,"UseTLS":false},"payload":{…}}`: as the original swoll prints. */
function createWrap(addressOf: ViewContext['addressOf']) {
  const heads = new Map<string, string>()
  return (source: string, line: string): string => {
    let head = heads.get(source)
    if (head === undefined) {
      head = `{"endpoint":${JSON.stringify(addressOf?.(source) ?? null)},"payload":`
      heads.set(source, head)
    }
    return `${head}${line}}`
  }
}
