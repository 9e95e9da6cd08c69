/** Waiting for what other programs do, with a bound. */
import { setTimeout as delay } from 'node:timers/promises'

/** The last error's message, which uvu would not show of a cause; the end of one that is long. */
const toReason = (last: unknown): string => (last instanceof Error ? `: ${last.message.slice(-2000)}` : '')

/** Asks again until the answer is neither undefined nor false; after `limitMs` throws, with the last answer or error. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  limitMs = 60_000,
): Promise<T> {
  const untilMs = performance.now() + limitMs
  for (;;) {
    let last: unknown
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      last = error
    }
    if (performance.now() > untilMs)
      throw new Error(`waited ${limitMs / 1000} s for ${what}${toReason(last)}`, { cause: last })
    await delay(50)
  }
}
