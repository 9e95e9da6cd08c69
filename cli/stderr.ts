/** Standard error of the process, which nobody needs to read for the process to go on. */
import { startDeadline } from '../pipeline/deadline.ts'
import { printableLines } from '../pipeline/printable.ts'
import { openUnblocked, UnblockedOutput } from '../pipeline/unblocked-output.ts'

/** Time that a reader has for the remaining text when the process ends. */
const LAST_TEXT_MS = 1000

let shared: UnblockedOutput | undefined

/** The one output for it, so that its texts keep their order. */
export function stderr(): UnblockedOutput {
  shared ??= new UnblockedOutput({ write: openUnblocked(2).write })
  return shared
}

/** Writes what a command has to tell people. */
export function say(text: string): void {
  stderr().write(`swoll: ${printableLines(text)}\n`)
}

/** Resolves when all is written, or the reader has had its time. */
export async function flushStderr(): Promise<void> {
  using deadline = startDeadline(LAST_TEXT_MS)
  await stderr().drained(deadline.signal)
}
