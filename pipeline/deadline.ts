import { type Clock, systemClock } from './clock.ts'

/** An end to waiting, which keeps the process alive until it passes or is disposed of. */
interface Deadline extends Disposable {
  /** Aborted once the deadline has passed. */
  readonly signal: AbortSignal
}

/** A deadline `ms` from now. */
export function startDeadline(ms: number, clock: Pick<Clock, 'after'> = systemClock): Deadline {
  const controller = new AbortController()
  const cancel = clock.after(ms, () => controller.abort())
  return { signal: controller.signal, [Symbol.dispose]: cancel }
}

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
