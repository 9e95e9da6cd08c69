import type { Cancel, Clock } from '../../pipeline/clock.ts'

interface Window {
  readonly clock: Clock
  readonly everyMs: number
  readonly forMs: number
  /** Runs all openings but the first, and deals with what they throw. */
  readonly guard: (open: () => void) => void
}

/** Opens something now and every `everyMs`, and closes it `forMs` later. Throws what `open` throws now. */
export function repeatWindow({ clock, everyMs, forMs, guard }: Window, open: () => () => void): Cancel {
  let close: (() => void) | undefined
  let cancelClose: Cancel = () => {}
  const closeNow = (): void => {
    close?.()
    close = undefined
  }
  const begin = (): void => {
    close = open()
    cancelClose = clock.after(forMs, closeNow)
  }
  begin()
  const cancel = clock.every(everyMs, () => guard(begin))
  return () => {
    cancel()
    cancelClose()
    closeNow()
  }
}
