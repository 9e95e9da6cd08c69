/** SIGTERM and SIGINT ask the process to stop; the second of them does not ask. */

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
export type StopSignal = (typeof SIGNALS)[number]

/** Calls `first` at the first signal and `again` at every later one, until the function given back is called. */
export function onStopSignal(
  first: (signal: StopSignal) => void,
  again: (signal: StopSignal) => void,
): () => void {
  let isStopping = false
  const listener = (signal: StopSignal) => {
    if (isStopping) again(signal)
    else first(signal)
    isStopping = true
  }
  for (const signal of SIGNALS) process.on(signal, listener)
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener)
  }
}
