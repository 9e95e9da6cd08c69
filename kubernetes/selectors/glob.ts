/**
 * Returns whether the whole text fits a pattern in which `*` stands for any characters and `?` for one. Goes back to the last `*` only: at most
 * length times length steps, where a regular expression made of many `*` takes for ever.
 */
export function matchesGlob(text: string, pattern: string): boolean {
  let star = -1
  let starText = 0
  let at = 0
  for (let i = 0; i < text.length; ) {
    if (pattern[at] === '*') {
      star = at++
      starText = i
    } else if (pattern[at] === '?' || (at < pattern.length && pattern[at] === text[i])) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++starText
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
