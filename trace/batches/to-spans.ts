/**
 * Traced calls as spans: each is a child of its process's span, which is a child of its parent process's. A process's span is
 * sent when the process has ended, or the tracing.
 */
import { randomBytes } from 'node:crypto'
import { UNRESOLVED } from '../../kernel/cgroups/resource.ts'
import type { AttributeValue } from '../../pipeline/data/attributes.ts'
import type { CodedAttribute } from '../../pipeline/data/columns.ts'
import { ResourceList } from '../../pipeline/data/resource-list.ts'
import type { SpanStatus, SpanTable, TracesBatch } from '../../pipeline/data/traces.ts'
import { errnoName } from '../../syscalls/tables/errnos.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { EventBatch } from '../events/events.ts'
import { CallColumns, SCOPE } from './call-columns.ts'
import { Processes, type ProcessSpan } from './processes.ts'

const UNSET: SpanStatus = { code: 'unset', message: '' }

/** A process's span that can be sent. */
interface Ended {
  readonly span: ProcessSpan
  /** CLOCK_MONOTONIC. */
  readonly endNs: bigint
  /** The status as wait(2) has it; undefined: the process had not ended. */
  readonly status: number | undefined
}

export class SpanMaker {
  readonly #abis: readonly (Abi | undefined)[]
  readonly #processes = new Processes()
  /** When the last call ended, CLOCK_MONOTONIC. */
  #lastNs = 0n

  constructor(abis: readonly (Abi | undefined)[]) {
    this.#abis = abis
  }

  /** Undefined: nothing has ended. The first table, if there were calls, has a row for each of them. `nowNs` (CLOCK_MONOTONIC) with the last batch: the processes that live end with it. */
  toSpans(events: EventBatch, nowNs?: bigint): TracesBatch | undefined {
    const columns = new CallColumns(events.length, events.unixOffsetNs, this.#abis)
    const ids = new SpanIds(events.length)
    const ended: Ended[] = []
    events.visit(this.#abis, {
      call: (call, thread) => {
        const { span, evicted } = this.#processes.spanOf(thread, events.unixOffsetNs)
        if (evicted) ended.push({ span: evicted, endNs: call.endNs, status: undefined })
        ids.set(columns.rows, span)
        columns.add(call, thread)
        this.#lastNs = call.endNs
      },
      end: end => {
        const span = end.isProcess ? this.#processes.end(end) : undefined
        if (span) ended.push({ span, endNs: end.timeNs, status: end.status })
      },
    })
    if (nowNs !== undefined)
      for (const span of this.#processes.takeAll())
        ended.push({ span, endNs: nowNs > this.#lastNs ? nowNs : this.#lastNs, status: undefined })
    const resources = new ResourceList(columns.resources)
    const tables: SpanTable[] = []
    if (columns.rows > 0) tables.push(toCallTable(columns, ids))
    if (ended.length > 0) tables.push(toProcessTable(ended, resources, events.unixOffsetNs))
    return tables.length === 0 ? undefined : { resources: resources.all, tables }
  }
}

/** The ids of as many spans of calls. */
class SpanIds {
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
  readonly parentSpanId: Uint8Array

  constructor(rows: number) {
    this.traceId = new Uint8Array(16 * rows)
    this.parentSpanId = new Uint8Array(8 * rows)
    this.spanId = randomIds(rows)
  }

  set(row: number, process: ProcessSpan): void {
    this.traceId.set(process.traceId, 16 * row)
    this.parentSpanId.set(process.spanId, 8 * row)
  }
}

/** Not zero, and different from each other: a random number, and what is counted up from another. */
function randomIds(rows: number): Uint8Array {
  const words = new Uint32Array(2 * rows)
  const [high = 0, first = 0] = new Uint32Array(new Uint8Array(randomBytes(8)).buffer)
  for (let row = 0; row < rows; row++) {
    words[2 * row] = first + row
    words[2 * row + 1] = high | 1
  }
  return new Uint8Array(words.buffer)
}

function toCallTable(columns: CallColumns, ids: SpanIds): SpanTable {
  const { rows, names, errors } = columns
  return {
    scope: SCOPE,
    rows,
    resource: columns.resource,
    traceId: ids.traceId.subarray(0, 16 * rows),
    spanId: ids.spanId.subarray(0, 8 * rows),
    parentSpanId: ids.parentSpanId.subarray(0, 8 * rows),
    name: { values: names.values.map(String), codes: names.codes },
    kind: { values: ['internal'], codes: new Uint8Array(rows) },
    startTimeUnixNano: columns.startTimeUnixNano,
    endTimeUnixNano: columns.endTimeUnixNano,
    status: { values: errors.errnos.map(toStatus), codes: errors.codes },
    attributes: columns.attributes(),
  }
}

function toStatus(errno: number): SpanStatus {
  return errno === 0 ? UNSET : { code: 'error', message: errnoName(errno) }
}

function toProcessTable(ended: readonly Ended[], resources: ResourceList, unixOffsetNs: bigint): SpanTable {
  const rows = ended.length
  const bytes = (size: number, pick: (span: ProcessSpan) => Uint8Array): Uint8Array => {
    const all = new Uint8Array(size * rows)
    for (const [row, { span }] of ended.entries()) all.set(pick(span), size * row)
    return all
  }
  return {
    scope: SCOPE,
    rows,
    resource: Uint32Array.from(ended, ({ span }) => resources.indexOf(span.thread.resource ?? UNRESOLVED)),
    traceId: bytes(16, span => span.traceId),
    spanId: bytes(8, span => span.spanId),
    parentSpanId: bytes(8, span => span.parentSpanId),
    name: { values: ended.map(({ span }) => span.thread.comm), codes: Uint32Array.from(ended.keys()) },
    kind: { values: ['internal'], codes: new Uint8Array(rows) },
    startTimeUnixNano: BigUint64Array.from(ended, ({ span }) => toStart(span, unixOffsetNs)),
    endTimeUnixNano: BigUint64Array.from(ended, ({ endNs }) => endNs + unixOffsetNs),
    status: {
      values: ended.map(({ status }) => toExitStatus(status)),
      codes: Uint32Array.from(ended.keys()),
    },
    attributes: toProcessAttributes(ended),
  }
}

function toProcessAttributes(ended: readonly Ended[]): CodedAttribute[] {
  const coded = (key: string, value: (each: Ended) => AttributeValue | undefined): CodedAttribute => ({
    type: 'coded',
    key,
    values: ended.map(value),
    codes: Uint32Array.from(ended.keys()),
  })
  return [
    coded('process.pid', ({ span }) => span.thread.tgid),
    coded('process.vpid', ({ span }) => span.thread.nsTgid),
    coded('process.parent_pid', ({ span }) => span.thread.parentTgid),
    coded('process.real_user.id', ({ span }) => span.thread.uid),
    coded('process.exit.code', ({ status }) => (status === undefined ? undefined : status >>> 8)),
    coded('process.unfinished', ({ status }) => (status === undefined ? true : undefined)),
  ]
}

/** More than that is no slewing: the clock was set. */
const STEP_NS = 1_000_000_000n

/**
 * No later than its first calls were told to be, so that they are within its span though the clock is slewed; unless the clock was set
 * meanwhile: then the span is as long as the process lived.
 */
function toStart({ startNs, unixOffsetNs: first }: ProcessSpan, unixOffsetNs: bigint): bigint {
  const moved = unixOffsetNs - first
  return startNs + (moved > 0n && moved <= STEP_NS ? first : unixOffsetNs)
}

function toExitStatus(status: number | undefined): SpanStatus {
  if (!status) return UNSET
  const signal = status & 0x7f
  return { code: 'error', message: signal ? `signal ${signal}` : `exit code ${status >>> 8}` }
}
