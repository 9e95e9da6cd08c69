import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toCell, widthOf } from '../../../cli/top/cells.ts'

const width = suite('widthOf')
const cell = suite('toCell')

for (const [name, text, want] of [
  ['a letter is one column', 'abc', 3],
  ['a character of Chinese is two', '東京', 4],
  ['a combining mark is none', 'cafe\u0301', 4],
  ['nothing is nothing', '', 0],
] as const)
  width(name, () => assert.is(widthOf(text), want))

for (const [name, text, columns, want] of [
  ['fills up to the right', 'ab', 4, 'ab  '],
  ['keeps what fits', 'abcd', 4, 'abcd'],
  ['cuts what does not, and says so', 'abcde', 4, 'abc…'],
  ['fills what half of a wide character would have taken', '東京都', 4, '東… '],
  ['does not cut a mark from its letter', 'cafe\u0301s', 5, 'cafe\u0301s'],
  ['shows an escape sequence, and does not obey it', '\u001b[2J', 9, '\\u001b[2J'],
  ['shows a line break', 'a\nb', 5, 'a\\nb '],
  ['shows what turns the direction of text', '\u202eab', 8, '\\u202eab'],
  ['has one column at least for the cut', 'abc', 1, '…'],
  ['is empty in no columns', 'abc', 0, ''],
] as const)
  cell(name, () => assert.is(toCell(text, columns), want))

cell('puts numbers to the right', () => assert.is(toCell('12', 4, true), '  12'))

width.run()
cell.run()
