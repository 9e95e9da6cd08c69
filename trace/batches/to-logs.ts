/** Traced calls as log records: one each, with the line that strace would print as its body. Losses are records too. */

import { UNRESOLVED } from '../../kernel/cgroups/resource.ts'
import type { CodedAttribute } from '../../pipeline/data/columns.ts'
import { INFO, type LogsBatch, type LogTable, type Severity } from '../../pipeline/data/logs.ts'
import { ResourceList } from '../../pipeline/data/resource-list.ts'
import { TextBuilder } from '../../pipeline/data/text-builder.ts'
import { printCall } from '../../syscalls/decode/print.ts'
import type { ShownCall } from '../../syscalls/decode/shown-call.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { EventBatch, ShownGap } from '../events/events.ts'
import type { ShownThread } from '../events/threads.ts'
import { CallColumns, SCOPE } from './call-columns.ts'

/** OTLP severity numbers: 13 is WARN. */
const WARN: Severity = { number: 13, text: 'WARN' }

/** Ids of the span that each call of a batch is in the traces pipeline, 16 and 8 bytes a call. */
interface SpanOfCalls {
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
}

/** Undefined: there is nothing to send. `nowUnixNano`: when the events were taken in. `spans`: of the same calls, if they are sent. */
export function toLogs(
  events: EventBatch,
  abis: readonly (Abi | undefined)[],
  nowUnixNano: bigint,
  spans?: SpanOfCalls,
): LogsBatch | undefined {
  const rows = new LogRows(events, abis)
  events.visit(abis, { call: (call, thread) => rows.add(call, thread) })
  return rows.toLogs(events.gaps, nowUnixNano, spans)
}

/** Log records of those calls of a batch that are added. */
export class LogRows {
  readonly #columns: CallColumns
  readonly #body: TextBuilder

  constructor(
    { length, unixOffsetNs }: Pick<EventBatch, 'length' | 'unixOffsetNs'>,
    abis: readonly (Abi | undefined)[],
  ) {
    this.#columns = new CallColumns(length, unixOffsetNs, abis)
    this.#body = new TextBuilder(length)
  }

  add(call: ShownCall, thread: ShownThread): void {
    this.#columns.add(call, thread)
    this.#body.addAscii(printCall(call))
  }

  /** Returns the records of the calls and of these losses; undefined: there are none. To be called once, with the arguments of `toLogs`. */
  toLogs(gaps: readonly ShownGap[], nowUnixNano: bigint, spans?: SpanOfCalls): LogsBatch | undefined {
    const resources = new ResourceList(this.#columns.resources)
    const tables: LogTable[] = []
    if (this.#columns.rows > 0) tables.push(this.#toTable(nowUnixNano, spans))
    if (gaps.length > 0) tables.push(toGapTable(gaps, resources, nowUnixNano))
    return tables.length === 0 ? undefined : { resources: resources.all, tables }
  }

  #toTable(nowUnixNano: bigint, spans: SpanOfCalls | undefined): LogTable {
    const { rows, resource, startTimeUnixNano } = this.#columns
    return {
      scope: SCOPE,
      rows,
      eventName: 'swoll.syscall',
      resource,
      timeUnixNano: startTimeUnixNano,
      observedTimeUnixNano: nowUnixNano,
      severity: { values: [INFO], codes: new Uint8Array(rows) },
      body: this.#body.take(),
      attributes: this.#columns.attributes(),
      ...(spans && { traceId: spans.traceId, spanId: spans.spanId }),
    }
  }
}

/** A record for each kind of loss. Adds the resources that lost to `resources`. */
function toGapTable(gaps: readonly ShownGap[], resources: ResourceList, nowUnixNano: bigint): LogTable {
  const rows = gaps.length
  const body = new TextBuilder(rows)
  for (const { events, reason } of gaps) body.add(`${events} system calls are missing here: ${reason}`)
  const coded = (key: string, value: (gap: ShownGap) => string | number): CodedAttribute => ({
    type: 'coded',
    key,
    values: gaps.map(value),
    codes: Uint32Array.from(gaps.keys()),
  })
  return {
    scope: SCOPE,
    rows,
    eventName: 'swoll.gap',
    resource: Uint32Array.from(gaps, gap => resources.indexOf(gap.resource ?? UNRESOLVED)),
    timeUnixNano: new BigUint64Array(rows).fill(nowUnixNano),
    observedTimeUnixNano: nowUnixNano,
    severity: { values: [WARN], codes: new Uint8Array(rows) },
    body: body.take(),
    attributes: [
      coded('swoll.lost_events', gap => gap.events),
      coded('swoll.loss_reason', gap => gap.reason),
    ],
  }
}
