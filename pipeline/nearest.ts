/** Finds the word that a misspelt word means. */

/**
 * The candidate that takes the fewest edits (a letter more, less, other, or two swapped) to become `word`, letter case
 * aside; undefined when that is more than a third of the word's letters. The first of equals.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= fewest) continue
    const edits = countEdits(word.toLowerCase(), candidate.toLowerCase(), fewest)
    if (edits >= fewest) continue
    fewest = edits
    best = candidate
  }
  return best
}

/** Optimal string alignment distance; from `most` on any number that is not below it. */
function countEdits(a: string, b: string, most: number): number {
  let previous: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      let edits = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (isSame ? 0 : 1))
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwapped) edits = Math.min(edits, previous[j - 2]! + 1)
      next.push(edits)
    }
    // Two rows, since a swap skips one: no later number is less than the least of both.
    if (Math.min(...row) >= most && Math.min(...next) >= most) return most
    previous = row
    row = next
  }
  return row[b.length]!
}
