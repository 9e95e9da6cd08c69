/** `swoll stuck`: which threads are inside which system calls, and for how long. */
import { onStopSignal } from '../signals.ts'
import { print } from '../standard-streams.ts'
import { say } from '../stderr.ts'
import type { StuckOptions } from '../stuck/decode-options.ts'
import { askKernel } from '../stuck/kernel.ts'
import { countStuck, describeMissed, printStuck } from '../stuck/print.ts'

/** The exit code: threads were found. */
const STUCK = 3

/** How swoll is to end: 0 if no thread is stuck, else 3. Rejects when nobody can be asked. */
export async function stuck(options: StuckOptions, exitNow: () => void): Promise<number> {
  const stop = new AbortController()
  const unlisten = onStopSignal(() => stop.abort(), exitNow)
  try {
    const answers = [await askKernel(options, stop.signal)]
    print(printStuck(answers, options))
    for (const line of describeMissed(answers)) say(line)
    return countStuck(answers, options) > 0 ? STUCK : 0
  } finally {
    unlisten()
  }
}
