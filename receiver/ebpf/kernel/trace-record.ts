/** How long the records of the tracing's rings are, in 32-bit words. The rings pad them to 8 bytes; so do recordings. */
import { recordCgroupLayout } from '../../../native/generated/layout.ts'
import { RECORD_TRACED_CALL, traceHeaderLayout } from '../../../native/generated/trace-layout.ts'

/** Of any record. */
export function traceRecordWords(words: Uint32Array, at: number): number {
  return words[at]! < RECORD_TRACED_CALL ? recordCgroupLayout.size / 4 : headedRecordWords(words, at)
}

/** Of a record with a header (`struct swoll_trace_header`): all but those of cgroups. */
export function headedRecordWords(words: Uint32Array, at: number): number {
  return ((words[at + traceHeaderLayout.length / 4]! + 7) & ~7) / 4
}
