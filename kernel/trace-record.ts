/** Lengths of the records in tracing's rings, in 32-bit words. Rings and recordings pad records to 8 bytes. */
import { traceHeaderLayout } from '../native/generated/trace-layout.ts'
import { cgroupRecordBytes } from './cgroups/cgroup-record.ts'

/** Returns the length of any record. */
export function traceRecordWords(words: Uint32Array, at: number): number {
  const bytes = cgroupRecordBytes(words[at]!)
  return bytes === undefined ? headedRecordWords(words, at) : bytes / 4
}

/** Returns the length of a record with a header (`struct swoll_trace_header`): any but those of cgroups. */
export function headedRecordWords(words: Uint32Array, at: number): number {
  return ((words[at + traceHeaderLayout.length / 4]! + 7) & ~7) / 4
}
