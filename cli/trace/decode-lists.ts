/** Options that are lists of names and patterns. */
import { compilePattern } from '../../pipeline/linear-pattern.ts'
import { nearest } from '../../pipeline/nearest.ts'
import { findFaultWithCalls } from '../../syscalls/call-set.ts'
import { errnoNames, errnoOf } from '../../syscalls/tables/errnos.ts'
import type { Usage } from './usage.ts'

/** Undefined: not given. Empty: any error. */
export function decodeErrors(given: string | true | undefined, usage: Usage): readonly string[] | undefined {
  if (given === undefined) return undefined
  if (given === true) return []
  const names = usage.words('--errors', [given])
  for (const name of names) {
    if (errnoOf(name) !== undefined) continue
    const remedy = suggest(name, given)
    usage.refuse('--errors', `must be names of errors such as ENOENT,EACCES, got "${name}"; ${remedy}`)
  }
  return names
}

function suggest(name: string, given: string): string {
  const hint = nearest(name, errnoNames())
  if (hint) return `did you mean "${hint}"?`
  // In strace, -e takes this form.
  const calls = given.replace(/^trace=/, '')
  const isCalls = calls.split(',').every(word => findFaultWithCalls(word.trim()) === undefined)
  return isCalls ? `did you mean -s ${calls}?` : 'put a label selector before -e'
}

/** Expressions that `compilePattern` takes. */
export function decodePatterns(given: readonly string[], usage: Usage): readonly string[] {
  return given.filter(source => {
    const fault = source === '' ? 'it is empty' : findFault(source)
    if (fault !== undefined)
      usage.refuse('--redact', `must be a regular expression as RE2 has them, got "${source}" (${fault})`)
    return fault === undefined
  })
}

function findFault(source: string): string | undefined {
  try {
    compilePattern(source)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
