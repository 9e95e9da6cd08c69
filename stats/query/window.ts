/** Which segments a window stands for: those that have more than half of their time in it. */
import type { Segment } from '../ring/segment.ts'

/** Milliseconds on the clock of the segments. */
export interface Window {
  readonly segments: readonly Segment[]
  /** As far as there are numbers. */
  readonly startMs: number
  readonly endMs: number
}

/** Undefined `endMs`: the last collection. Throws RangeError where the window is over before the oldest numbers. */
export function selectWindow(
  segments: readonly Segment[],
  { windowMs, endMs = Number.POSITIVE_INFINITY }: { windowMs: number; endMs?: number | undefined },
): Window {
  const last = segments.at(-1)
  const toMs = Math.min(endMs, last?.endMs ?? 0)
  if (last !== undefined && toMs <= segments[0]!.startMs)
    throw new RangeError('must be later than the oldest numbers')
  const fromMs = toMs - windowMs
  const chosen = segments.filter(({ startMs, endMs: e }) => {
    const middleMs = (startMs + e) / 2
    return middleMs > fromMs && middleMs <= toMs
  })
  // Shorter than the step there: the segment that the end is in.
  const picked =
    chosen.length > 0 ? chosen : segments.filter(s => s.startMs < toMs && s.endMs >= toMs).slice(-1)
  return {
    segments: picked,
    startMs: picked[0]?.startMs ?? toMs,
    endMs: picked.at(-1)?.endMs ?? toMs,
  }
}
