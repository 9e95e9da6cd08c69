/** Prints a traced call as one line of text, in the form of strace. */
import { OUTCOME_RESTARTED } from '../../native/generated/layout.ts'
import { outcomeOf } from '../call.ts'
import { errorNameAndText } from '../tables/error-texts.ts'
import type { ShownCall } from './shown-call.ts'

/** Results of calls that a signal ended: the kernel makes the call again, or the program gets EINTR. */
const RESTARTS: Readonly<Record<number, string>> = {
  512: '? ERESTARTSYS (To be restarted if SA_RESTART is set)',
  513: '? ERESTARTNOINTR (To be restarted)',
  514: '? ERESTARTNOHAND (To be restarted if no handler)',
  516: '? ERESTART_RESTARTBLOCK (Interrupted by signal)',
}

/** `openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3`. Printable ASCII only, whatever the memory holds. */
export function printCall(call: ShownCall): string {
  return `${call.definition.name}(${printArguments(call)}) = ${printReturned(call)}`
}

/** Prints the text between the parentheses. */
export function printArguments(call: ShownCall): string {
  const { shown } = call.definition
  let text = ''
  for (let i = 0; i < shown.length; i++) {
    const { index, label } = shown[i]!
    const argument = call.printArgument(index)
    if (argument !== '') text += text === '' ? label + argument : `, ${label}${argument}`
  }
  return text
}

/** Prints the text behind `=`: `3`, `-1 ENOENT (No such file or directory)`, `?` when it never returned. */
export function printReturned(call: ShownCall): string {
  if (!call.hasReturned) return '?'
  const { errno } = call
  if (errno === 0) return call.printResult()
  const restart = outcomeOf(call.high) === OUTCOME_RESTARTED ? RESTARTS[errno] : undefined
  return restart ?? `-1 ${errorNameAndText(errno)}`
}
