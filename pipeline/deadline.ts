import type { Clock } from './clock.ts'

/** Resolves true once `work` settles, false if `abort` (and then `graceMs`, if given) comes first. Never rejects. */
export function settlesBefore(
  work: Promise<unknown>,
  abort: AbortSignal,
  grace?: { readonly ms: number; readonly clock: Clock },
): Promise<boolean> {
  return new Promise(resolve => {
    let cancel = () => {}
    const finish = (isSettled: boolean) => {
      cancel()
      abort.removeEventListener('abort', expire)
      resolve(isSettled)
    }
    const expire = () => {
      if (grace) cancel = grace.clock.after(grace.ms, () => finish(false))
      else finish(false)
    }
    work.then(
      () => finish(true),
      () => finish(true),
    )
    if (abort.aborted) expire()
    else abort.addEventListener('abort', expire, { once: true })
  })
}
