import { onAbort } from '../abort.ts'

/** Waits for `done`. Once `abort` fires it calls `cut`, which must bring `done` about. */
export async function untilCut(done: Promise<void>, abort: AbortSignal, cut: () => void): Promise<void> {
  using _ = onAbort(abort, cut)
  await done
}
