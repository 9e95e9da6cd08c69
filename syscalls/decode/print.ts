/** Prints a traced call as one line of text, in the form of strace. */
import { OUTCOME_RESTARTED } from '../../native/generated/layout.ts'
import { outcomeOf } from '../call.ts'
import { errorNameAndText } from '../tables/error-texts.ts'
import type { TracedCall } from './traced-call.ts'

/** Results of calls that a signal ended: the kernel makes the call again, or the program gets EINTR. */
const RESTARTS: Readonly<Record<number, string>> = {
  512: '? ERESTARTSYS (To be restarted if SA_RESTART is set)',
  513: '? ERESTARTNOINTR (To be restarted)',
  514: '? ERESTARTNOHAND (To be restarted if no handler)',
  516: '? ERESTART_RESTARTBLOCK (Interrupted by signal)',
}

/** `openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3`. Printable ASCII only, whatever the memory holds. */
export function printCall(call: TracedCall): string {
  return `${call.definition.name}(${printArguments(call)}) = ${printReturned(call)}`
}

/** Prints the text between the parentheses. */
export function printArguments(call: TracedCall): string {
  const { parameters, shown } = call.definition
  let text = ''
  for (let i = 0; i < shown.length; i++) {
    const { index, label } = shown[i]!
    const argument = parameters[index]!.kind.print(call.argument(index))
    if (argument !== '') text += text === '' ? label + argument : `, ${label}${argument}`
  }
  return text
}

/** Prints the text behind `=`: `3`, `-1 ENOENT (No such file or directory)`, `?` when it never returned. */
export function printReturned(call: TracedCall): string {
  if (!call.hasReturned) return '?'
  const { errno } = call
  if (errno === 0) return call.definition.printReturned(call) + printNotes(call)
  const restart = outcomeOf(call.high) === OUTCOME_RESTARTED ? RESTARTS[errno] : undefined
  return restart ?? `-1 ${errorNameAndText(errno)}`
}

/** Prints the notes that arguments add to the result, such as ` ([{fd=3, revents=POLLIN}], left {tv_sec=0, tv_nsec=9})`. */
function printNotes(call: TracedCall): string {
  const { noted, parameters } = call.definition
  if (noted.length === 0) return ''
  const notes = noted.flatMap(index => parameters[index]!.kind.note?.(call.argument(index)) ?? [])
  return notes.length === 0 ? '' : ` (${notes.join(', ')})`
}
