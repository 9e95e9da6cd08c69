/** Tells what to type in swoll for what is typed in strace. */
import type { TargetSelection } from '../../trace/requests/request.ts'
import { FOLLOWED, toTrace } from './target-options.ts'

/** Options that swoll has otherwise, or not: the beginnings of commander's errors, and what to do. */
const HABITS: readonly (readonly [error: RegExp, remedy: string])[] = [
  [/option '-f, .*' argument missing/, FOLLOWED],
  [/option '-c, .*' argument missing/, 'a table instead of calls is -o summary'],
  [/option '-p, .*' argument missing/, '-p are pods; for a process give --pid PID'],
  [/option '-o, .*' argument missing/, 'to write to a file give --file FILE'],
  [/unknown option '-[vx]/, 'structures are always shown whole; environments with --environment'],
  [/unknown option '-[CU]/, 'a table instead of calls is -o summary'],
  [/unknown option '-[kq]/, 'leave it out'],
  [/unknown option '-E/, 'to change the environment: swoll trace -- env NAME=VALUE COMMAND'],
]

/** The error of a command line that could not be read, as the house words it, with a remedy where one is known. */
export function explainTraceError(text: string): string {
  const error = text.trimEnd().replace(/^error: /, 'swoll: ')
  const remedy = HABITS.find(([habit]) => habit.test(error))?.[1]
  return `${error}${remedy === undefined ? '' : `; ${remedy}`}\n`
}

/** Behind an error or a report where no pod was found: for a selector that looks like a command, what it takes to trace that; else nothing. */
export function suggestCommand(targets: TargetSelection): string {
  const isWord = targets.kind === 'containers' && /^[\w.-]+$/.test(targets.labels)
  return isWord ? `; ${toTrace([targets.labels])}` : ''
}
