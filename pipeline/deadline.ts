import { onAbort } from './abort.ts'
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
export async function settlesBefore(
  work: Promise<unknown>,
  abort: AbortSignal,
  grace?: { readonly ms: number; readonly clock: Clock },
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  using waiting = new DisposableStack()
  const late = () => resolve(false)
  const expire = () => (grace ? waiting.defer(grace.clock.after(grace.ms, late)) : late())
  waiting.use(onAbort(abort, expire))
  work.then(
    () => resolve(true),
    () => resolve(true),
  )
  return await promise
}
