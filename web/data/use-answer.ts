/** An answer of the agent that is asked for again and again. */
import { useEffect, useState } from 'preact/hooks'
import { usePage } from './page-context.ts'
import { AnswerError } from './session.ts'

export interface Answer<T> {
  /** The last one that came; kept when the next fails. */
  readonly value: T | undefined
  /** When it came, Unix ms. */
  readonly atMs: number
  /** Why the last question has no answer. */
  readonly fault: AnswerError | undefined
  readonly isWaiting: boolean
}

interface Kept<T> extends Answer<T> {
  readonly key: string
}

/**
 * Asks at once, at each tick and when the address changes; an empty address asks nothing. An answer to another address is not shown, a
 * question that is overtaken is given up. `about`: addresses of which an answer may stand until the next comes; absent: only this one.
 */
export function useAnswer<T>(address: string, about = address): Answer<T> {
  const { session, clock, tick, askToLogIn } = usePage()
  const [kept, setKept] = useState<Kept<T>>(nothing(about))
  // A tick is a reason to ask anew.
  useEffect(() => {
    if (address === '') return
    const controller = new AbortController()
    const found = (value: T) =>
      setKept({ key: about, value, atMs: clock.now(), fault: undefined, isWaiting: false })
    const failed = (error: unknown) => {
      if (controller.signal.aborted) return
      const fault = error instanceof AnswerError ? error : new AnswerError(0, String(error))
      if (fault.status === 401) askToLogIn()
      setKept(last => ({ ...(last.key === about ? last : nothing<T>(about)), fault, isWaiting: false }))
    }
    session.json<T>(new URL(address), { abort: controller.signal }).then(found, failed)
    return () => controller.abort()
  }, [address, tick])
  return kept.key === about ? kept : nothing(about)
}

function nothing<T>(key: string): Kept<T> {
  return { key, value: undefined, atMs: 0, fault: undefined, isWaiting: key !== '' }
}
