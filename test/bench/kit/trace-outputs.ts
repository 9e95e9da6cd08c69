/** Outputs of traced calls whose throughput is measured: text and bytes, counted and dropped. */
import { openSync } from 'node:fs'
import { FileStream } from '../../../cli/trace/file-stream.ts'
import { TextOutput } from '../../../cli/trace/output.ts'
import { encodeLines } from '../../../otlp/json/encode.ts'
import { encodeRequests } from '../../../otlp/protobuf/encode.ts'
import type { LogsBatch } from '../../../pipeline/data/logs.ts'
import { toLogs } from '../../../trace/batches/to-logs.ts'
import type { EventBatch } from '../../../trace/events/events.ts'
import { createJsonFormat } from '../../../trace/formats/json.ts'
import { createNames } from '../../../trace/formats/names.ts'
import type { TraceSession } from '../../../trace/session/session.ts'

export interface TraceOutput {
  readonly name: string
  /** Returns the number of bytes made, and of calls: a batch has ends of threads too. */
  make(batch: EventBatch, abis: TraceSession['abis']): { readonly bytes: number; readonly calls: number }
}

const LIMITS = { items: 8192, bytes: 3 * 2 ** 20 }

/** Events are put in order and looked at. */
const nothing: TraceOutput = {
  name: 'nothing',
  make(batch, abis) {
    let calls = 0
    batch.visit(abis, {
      call() {
        calls++
      },
    })
    return { bytes: 0, calls }
  },
}

/** The lines of `swoll trace -o json`, written where they cost nothing more. */
function jsonLines(): TraceOutput {
  let bytes = 0
  const output = new TextOutput(new FileStream(openSync('/dev/null', 'w')))
  const format = createJsonFormat({
    write: text => {
      bytes += text.length
      output.write(text)
    },
    writeBytes: piece => {
      bytes += piece.length
      output.writeBytes(piece)
    },
    names: createNames(() => undefined),
  })
  return {
    name: 'JSON lines',
    make(batch, abis) {
      bytes = 0
      let calls = 0
      format.begin?.(batch)
      batch.visit(abis, {
        call(call, thread) {
          calls++
          format.call(call, thread)
        },
      })
      format.flush?.()
      output.flush()
      return { bytes, calls }
    },
  }
}

function logs(name: string, encode: (batch: LogsBatch) => Iterable<{ readonly bytes: Uint8Array }>) {
  const output: TraceOutput = {
    name,
    make(batch, abis) {
      const records = toLogs(batch, abis, 0n)
      let bytes = 0
      for (const request of records ? encode(records) : []) bytes += request.bytes.length
      // Losses are records too.
      const calls = records?.tables.find(({ eventName }) => eventName === 'swoll.syscall')
      return { bytes, calls: calls?.rows ?? 0 }
    },
  }
  return output
}

export const OUTPUTS: readonly TraceOutput[] = [
  nothing,
  jsonLines(),
  logs('log records', () => []),
  logs('log records, OTLP', batch => encodeRequests('logs', batch, LIMITS)),
  logs('log records, OTLP/JSON', batch => encodeLines('logs', batch, LIMITS)),
]
