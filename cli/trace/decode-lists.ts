/** Options that are lists of names and patterns. */
import { nearest } from '../../pipeline/nearest.ts'
import { errnoNames, errnoOf } from '../../receiver/ebpf/tables/errnos.ts'
import type { Usage } from './usage.ts'

/** Undefined: not given. Empty: any error. */
export function decodeErrors(given: string | true | undefined, usage: Usage): readonly string[] | undefined {
  if (given === undefined) return undefined
  if (given === true) return []
  const names = usage.words('--errors', [given])
  for (const name of names) {
    if (errnoOf(name) !== undefined) continue
    const hint = nearest(name, errnoNames())
    const remedy = hint ? `did you mean "${hint}"?` : 'put a label selector before -e'
    usage.refuse('--errors', `must be names of errors such as ENOENT,EACCES, got "${name}"; ${remedy}`)
  }
  return names
}

export function decodePatterns(given: readonly string[], usage: Usage): RegExp[] {
  return given.flatMap(text => {
    try {
      return text === '' ? refuse('""') : [new RegExp(text)]
    } catch (error) {
      return refuse(`"${text}" (${(error as Error).message})`)
    }
  })

  function refuse(got: string): [] {
    usage.refuse('--redact', `must be a regular expression of JavaScript, got ${got}`)
    return []
  }
}
