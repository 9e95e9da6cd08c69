/**
 * Streams of calls. A message is a line of `swoll trace -o json` (`type`: call, end, lost) with its sequence number `seq`, which grows by one
 * from 1 on within a run; the last one of a job has the type `over`. A message with the type `lost` stands where calls are missing, `slow_client`
 * among its reasons where this client did not read in time: it then has no number of its own, and `seq` of the next tells where it goes on.
 */
import { z } from 'zod'
import { END_REASONS } from './documents.ts'

/** Header of every stream's answer: the run that its numbers are of. */
export const RUN_HEADER = 'swoll-run'
/** Header of every answer: the node that gave it. */
export const NODE_HEADER = 'swoll-node'

/** The last message of a job's stream. */
export const overMessage = z.object({
  version: z.literal(1),
  type: z.literal('over'),
  seq: z.int(),
  reason: z.enum(END_REASONS),
  message: z.string().optional(),
})

/** Where a stream is to go on: behind this number of this run. In `?after=` and Last-Event-ID as `RUN:SEQ`. */
export interface Cursor {
  readonly run: string
  readonly seq: number
}

export function formatCursor({ run, seq }: Cursor): string {
  return `${run}:${seq}`
}

/** Undefined: it is none. */
export function decodeCursor(text: string): Cursor | undefined {
  const [, run, digits] = /^([0-9a-z]{1,16}):(\d{1,15})$/.exec(text) ?? []
  return run === undefined ? undefined : { run, seq: Number(digits) }
}
