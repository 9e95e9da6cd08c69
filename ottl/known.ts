import { nearest } from '../pipeline/nearest.ts'

const MOST_TOLD = 12

/** The remedy for an unknown word. */
export function known(word: string, words: Iterable<string>): string {
  const all = [...words]
  const meant = nearest(word, all)
  if (meant) return `did you mean "${meant}"?`
  return `known here: ${all.slice(0, MOST_TOLD).join(', ')}${all.length > MOST_TOLD ? ', …' : ''}`
}
