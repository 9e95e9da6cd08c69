/** Prints what `strace -c` does, and more: per container a table of its calls, with percentiles, in the order that was asked for. */
import type { ShownCall } from '../../syscalls/decode/shown-call.ts'
import type { ShownGap } from '../events/events.ts'
import type { ShownThread } from '../events/threads.ts'
import { printGap } from './cli.ts'
import type { LineFormat, LineOptions } from './format.ts'
import { Latencies } from './latencies.ts'
import type { SourceName } from './names.ts'
import type { Sort } from './sorts.ts'

/** Sources told apart; what more there are is added up under one name. */
const MAX_SOURCES = 1000
const OTHERS: SourceName = { text: '(others)' }

class CallSummary {
  readonly name: string
  readonly latencies = new Latencies()
  errors = 0
  constructor(name: string) {
    this.name = name
  }
}

type SummaryOptions = Pick<LineOptions, 'write' | 'names' | 'display'>

export const createSummaryFormat = (options: SummaryOptions): LineFormat => new SummaryFormat(options)

/** Counts all calls, adds up the times of all, also those that ended by a signal, and prints at the end. */
class SummaryFormat implements LineFormat {
  readonly #options: SummaryOptions
  readonly #sources = new Map<string, Map<string, CallSummary>>()
  readonly #gaps = new Map<string, { gap: ShownGap; source: SourceName; events: number }>()

  constructor(options: SummaryOptions) {
    this.#options = options
  }

  call(call: ShownCall, thread: ShownThread): void {
    const calls = this.#callsOf(this.#options.names.of(thread.resource))
    const { name } = call.definition
    let summary = calls.get(name)
    if (summary === undefined) {
      summary = new CallSummary(name)
      calls.set(name, summary)
    }
    summary.latencies.add(call.durationNs)
    if (call.errno !== 0) summary.errors++
  }

  gap(gap: ShownGap): void {
    const source = this.#options.names.of(gap.resource)
    const key = `${source.text} ${gap.reason}`
    const sum = this.#gaps.get(key) ?? { gap, source, events: 0 }
    sum.events += gap.events
    this.#gaps.set(key, sum)
  }

  finish(): void {
    const { write, display } = this.#options
    const bySource = [...this.#sources].toSorted(([, a], [, b]) => totalNs(b.values()) - totalNs(a.values()))
    for (const [text, calls] of bySource)
      write(printTable(text, [...calls.values()].toSorted(ORDERS[display.sort])))
    for (const { gap, source, events } of this.#gaps.values())
      write(`lost ${printGap({ ...gap, events }, source)}\n`)
  }

  #callsOf(source: SourceName): Map<string, CallSummary> {
    const hasRoom = this.#sources.has(source.text) || this.#sources.size < MAX_SOURCES
    const key = hasRoom ? source.text : OTHERS.text
    let calls = this.#sources.get(key)
    if (calls === undefined) {
      calls = new Map()
      this.#sources.set(key, calls)
    }
    return calls
  }
}

function totalNs(calls: Iterable<CallSummary>): number {
  let sum = 0
  for (const { latencies } of calls) sum += latencies.sumNs
  return sum
}

type Order = (a: CallSummary, b: CallSummary) => number

/** The most of something first; of equals, whoever took longer, then whoever was called more often. */
function most(value: (call: CallSummary) => number): Order {
  return (a, b) =>
    value(b) - value(a) || b.latencies.sumNs - a.latencies.sumNs || b.latencies.count - a.latencies.count
}

const ORDERS: Readonly<Record<Sort, Order>> = {
  time: most(({ latencies }) => latencies.sumNs),
  calls: most(({ latencies }) => latencies.count),
  errors: most(({ errors }) => errors),
  name: (a, b) => (a.name < b.name ? -1 : 1),
  'avg-time': most(({ latencies }) => latencies.sumNs / latencies.count),
  'max-time': most(({ latencies }) => latencies.maxNs),
  'min-time': most(({ latencies }) => latencies.minNs),
  p50: most(({ latencies }) => latencies.percentileNs(0.5)),
  p99: most(({ latencies }) => latencies.percentileNs(0.99)),
  // As they came first.
  nothing: () => 0,
}

const HEADER = `% time     seconds  usecs/call       p50       p99       max     calls    errors syscall\n`
const RULE = `------ ----------- ----------- --------- --------- --------- --------- --------- ----------------\n`

/** Aligns a table as strace does. Times of one call are microseconds. */
function printTable(source: string, calls: readonly CallSummary[]): string {
  const sumNs = totalNs(calls)
  let text = `${source}\n${HEADER}${RULE}`
  let count = 0
  let errors = 0
  for (const call of calls) {
    count += call.latencies.count
    errors += call.errors
    text += printRow(call, sumNs)
  }
  const each = Math.trunc(sumNs / 1000 / Math.max(count, 1))
  return `${text}${RULE}100.00 ${seconds(sumNs)} ${String(each).padStart(11)} ${' '.repeat(30)}${cell(count)} ${cell(errors || '')} total\n\n`
}

function printRow({ name, latencies, errors }: CallSummary, sumNs: number): string {
  const share = ((latencies.sumNs / Math.max(sumNs, 1)) * 100).toFixed(2).padStart(6)
  const each = String(Math.trunc(latencies.sumNs / 1000 / latencies.count)).padStart(11)
  const times = [latencies.percentileNs(0.5), latencies.percentileNs(0.99), latencies.maxNs]
  const columns = [...times.map(ns => cell(microseconds(ns))), cell(latencies.count), cell(errors || '')]
  return `${share} ${seconds(latencies.sumNs)} ${each} ${columns.join(' ')} ${name}\n`
}

function seconds(ns: number): string {
  return (ns / 1e9).toFixed(6).padStart(11)
}

/** Three digits, or all before the point. */
function microseconds(ns: number): string {
  const us = ns / 1000
  return us >= 100 ? us.toFixed(0) : us.toPrecision(3)
}

function cell(value: string | number): string {
  return String(value).padStart(9)
}
