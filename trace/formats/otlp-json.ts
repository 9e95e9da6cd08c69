/** Lines of OTLP/JSON, as the `file` exporter writes them: the log records that the agent sends of calls and losses. */
import { encodeLines } from '../../otlp/json/encode.ts'
import type { LogsBatch } from '../../pipeline/data/logs.ts'
import { createDescribe, type Describe } from '../../pipeline/resource-detection/describe.ts'
import { LogRows } from '../batches/to-logs.ts'
import type { ShownGap } from '../events/events.ts'
import type { FormatOptions, LineFormat } from './format.ts'
import type { Names } from './names.ts'
import { printableJson } from './printable.ts'
import { toAttributes } from './resource-names.ts'

/** The Collector's receiver of such files takes no longer lines, unless told to. `printableJson` may make six bytes of one. */
const LIMITS = { items: Number.POSITIVE_INFINITY, bytes: Math.floor(2 ** 20 / 6) }

/** An ExportLogsServiceRequest per line, of at most 1 MiB unless it has a single record. */
export function createOtlpJsonFormat({ write, names, abis, clock, origin }: FormatOptions): LineFormat {
  const describe = createDescribe(origin())
  let rows: LogRows | undefined
  let gaps: ShownGap[] = []
  return {
    begin(batch) {
      rows = new LogRows(batch, abis)
      gaps = []
    },
    call: (call, thread) => rows?.add(call, thread),
    gap: gap => void gaps.push(gap),
    flush() {
      const logs = rows?.toLogs(gaps, clock.unixNano())
      for (const { bytes } of logs ? encodeLines('logs', named(logs, names, describe), LIMITS) : [])
        write(printableJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()))
    },
  }
}

/** The records, with names of pods, containers and hosts beside what their resources say themselves. */
function named({ resources, tables }: LogsBatch, names: Names, describe: Describe): LogsBatch {
  return {
    resources: resources.map(resource =>
      describe({
        id: resource.id,
        attributes: { ...resource.attributes, ...toAttributes(names.of(resource).known) },
      }),
    ),
    tables,
  }
}
