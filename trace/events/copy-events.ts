/** Moves events out of memory that is filled anew. */
import { headedRecordWords } from '../../kernel/trace-record.ts'
import type { EventList } from './event-list.ts'

/** Adds copies of those events to a list, their records in one piece of memory of their own. */
export function copyEvents(from: EventList, picked: Uint32Array, to: EventList): void {
  if (picked.length === 0) return
  const lengths = picked.map(i => headedRecordWords(from.wordsOf(i), from.at[i]!))
  const copy = new Uint32Array(lengths.reduce((sum, length) => sum + length, 0))
  to.beginBuffer(copy)
  let at = 0
  for (let n = 0; n < picked.length; n++) {
    const [i, length] = [picked[n]!, lengths[n]!]
    copy.set(from.wordsOf(i).subarray(from.at[i]!, from.at[i]! + length), at)
    to.add(at, from.threadOf(i), from.end[i]!, 0, 0)
    at += length
  }
}
