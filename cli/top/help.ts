/** What `?` shows. At most 18 lines, so that it fits on a terminal of 24. */
import { GROUPINGS } from './groupings.ts'

const choices = GROUPINGS.map(({ key, title }) => `${key} ${title}`)
const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['up down, j k', 'a row up, down; PageUp, PageDown, Home, End'],
  ['enter', 'what is inside of a row; backspace: back'],
  ['< >, left right', 'sort by the column beside; r: the other way'],
  ['/', 'filter by a part of any name; Enter keeps, Escape takes it away'],
  ['space', 'stand still: keys go on to work, on the numbers of this moment'],
  ['e', 'only errors; again: all'],
  ['t', 'only errors that are not to be expected (trouble); again: all'],
  ['w', 'without calls that wait by nature, such as futex; again: all'],
  ['+ -', 'a longer, a shorter time that numbers are of'],
  ['g, Tab', 'the next way to tell rows apart; G: the one before; or one of:'],
]
const INDENT = 17

export const HELP: readonly string[] = [
  ...KEYS.map(([keys, does]) => ` ${keys.padEnd(INDENT - 1)}${does}`),
  ...inLines(choices, 76).map(line => `   ${line}`),
  ' q, Ctrl-C        quit; Ctrl-Z: to the shell',
  ' TIME%: share of all time in calls; TRBL/S: trouble per second',
]

function inLines(words: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 2 + word.length <= width)
      lines[lines.length - 1] = `${last}, ${word}`
    else lines.push(word)
  }
  return lines
}
