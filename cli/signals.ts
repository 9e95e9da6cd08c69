/** The meaning of signals for swoll. Node alone would die of most of them, with nothing delivered. */
import { type Clock, systemClock } from '../pipeline/clock.ts'

/** Ask the process to stop in order. `SIGXCPU`: the limit of processor time is near. */
export const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGXCPU'] as const satisfies NodeJS.Signals[]
/** Would end the process by default, and mean nothing to it. Node blocks SIGUSR1 under `--disable-sigusr1` until told otherwise. */
const MEANINGLESS = [
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGVTALRM',
  'SIGPROF',
  'SIGIO',
  'SIGPWR',
  'SIGSTKFLT',
] as const satisfies NodeJS.Signals[]

/** Signals so soon after the first are the same wish: `timeout` sends two, and a terminal one beside that of a supervisor. */
export const SAME_WISH_MS = 500

type Listener = (signal: NodeJS.Signals) => void

/**
 * Calls `first` at the first of these signals, and `again` at each that comes more than SAME_WISH_MS later, until the function
 * given back is called.
 */
export function onStopSignal(
  first: Listener,
  again: Listener,
  signals: readonly NodeJS.Signals[] = [...STOP_SIGNALS, 'SIGHUP'],
  clock: Pick<Clock, 'monotonicMs'> = systemClock,
): () => void {
  let firstMs: number | undefined
  return onSignals(signals, signal => {
    if (firstMs === undefined) {
      firstMs = clock.monotonicMs()
      first(signal)
    } else if (clock.monotonicMs() - firstMs > SAME_WISH_MS) again(signal)
  })
}

/** Calls `ignored` for signals that the process is not to die of, until the function given back is called. */
export function ignoreSignals(ignored: Listener): () => void {
  return onSignals(MEANINGLESS, ignored)
}

/** Calls `listener` for each of these signals, until the function given back is called. */
export function onSignals(signals: readonly NodeJS.Signals[], listener: Listener): () => void {
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}
