/**
 * Calls `run` once when `abort` fires, at once where it has fired, until the returned value is disposed of:
 * `using _ = onAbort(abort, cancel)` listens as long as the block runs.
 */
export function onAbort(abort: AbortSignal | undefined, run: () => void): Disposable {
  const once = () => run()
  if (abort?.aborted) run()
  else abort?.addEventListener('abort', once, { once: true })
  return { [Symbol.dispose]: () => abort?.removeEventListener('abort', once) }
}
