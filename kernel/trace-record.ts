/** How long the records of the tracing's rings are, in 32-bit words. The rings pad them to 8 bytes; so do recordings. */
import { traceHeaderLayout } from '../native/generated/trace-layout.ts'
import { cgroupRecordBytes } from './cgroups/cgroup-record.ts'

/** Of any record. */
export function traceRecordWords(words: Uint32Array, at: number): number {
  const bytes = cgroupRecordBytes(words[at]!)
  return bytes === undefined ? headedRecordWords(words, at) : bytes / 4
}

/** Of a record with a header (`struct swoll_trace_header`): all but those of cgroups. */
export function headedRecordWords(words: Uint32Array, at: number): number {
  return ((words[at + traceHeaderLayout.length / 4]! + 7) & ~7) / 4
}
