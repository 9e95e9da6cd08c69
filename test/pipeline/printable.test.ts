import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { printable, printableLines, shorten } from '../../pipeline/printable.ts'

/** Texts that others may send, each with the text that may be shown. */
const TEXTS = [
  ['', ''],
  ['plain: "a" \\ {}', 'plain: "a" \\ {}'],
  ['é 日本 👍 ₀', 'é 日本 👍 ₀'],
  ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
  ['bell \u0007 and del \u007f', 'bell \\u0007 and del \\u007f'],
  ['C1 \u009b31m', 'C1 \\u009b31m'],
  ['a\r\tb', 'a\\r\\tb'],
  ['bidi \u202eevil\u2066\u2069\u200f\u061c', 'bidi \\u202eevil\\u2066\\u2069\\u200f\\u061c'],
  ['unseen \u200b\u00ad\ufeff', 'unseen \\u200b\\u00ad\\ufeff'],
  ['line \u2028 paragraph \u2029', 'line \\u2028 paragraph \\u2029'],
  ['tag \u{e0041}', 'tag \\udb40\\udc41'],
  ['half \ud800 of a pair', 'half \\ud800 of a pair'],
] as const

const whole = suite('printable')
for (const [text, want] of [...TEXTS, ['two\nlines', 'two\\nlines']] as const)
  whole(`${want || 'nothing'}`, () => {
    assert.is(printable(text), want)
  })
whole('makes of JSON the same JSON', () => {
  for (const [text] of TEXTS) {
    const json = JSON.stringify({ [text]: [text] })
    assert.equal(JSON.parse(printable(json)), JSON.parse(json))
  }
})
whole.run()

const lines = suite('printableLines')
for (const [text, want] of [...TEXTS, ['two\nlines\r\n', 'two\nlines\\r\n']] as const)
  lines(`${JSON.stringify(want)}`, () => {
    assert.is(printableLines(text), want)
  })
lines.run()

const short = suite('shorten')
for (const [text, most, want] of [
  ['', 0, ''],
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc… (4 characters)'],
  ['x'.repeat(3_145_728), 1, 'x… (3145728 characters)'],
] as const)
  short(`${text.length} characters, ${most} at most`, () => {
    assert.is(shorten(text, most), want)
  })
short.run()
