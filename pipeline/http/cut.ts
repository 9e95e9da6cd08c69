/** Waits for `done`. Once `abort` fires it calls `cut`, which must bring `done` about. */
export async function untilCut(done: Promise<void>, abort: AbortSignal, cut: () => void): Promise<void> {
  abort.addEventListener('abort', cut, { once: true })
  if (abort.aborted) cut()
  await done
  abort.removeEventListener('abort', cut)
}
