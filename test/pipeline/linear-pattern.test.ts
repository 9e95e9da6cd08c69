import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compilePattern, compileSearch, compileWhole, expandTemplate } from '../../pipeline/linear-pattern.ts'

/** Takes JavaScript's own engine longer than anybody waits. */
const SLOW = '(a+)+$'
const TEXT = `${'a'.repeat(20_000)}b`

const parts = suite('compilePattern')
for (const [source, text, want] of [
  ['b+', 'abbcb', [[1, 3], [4, 5]]], // biome-ignore format: pairs
  ['b*', 'abba', [[1, 3]]],
  ['x', 'abc', []],
] as const)
  parts(`finds ${source} in ${text}`, () => assert.equal([...compilePattern(source).find(text)], want))
parts('takes time in proportion to the text', () => assert.equal([...compilePattern(SLOW).find(TEXT)], []))
for (const bad of ['(', '(?=a)', '\\1'])
  parts(`refuses ${bad}`, () => assert.throws(() => compilePattern(bad), /./))
parts.run()

const whole = suite('compileWhole')
for (const [source, text, groups, named] of [
  ['web-1', 'web-1', ['web-1'], {}],
  ['web-1', 'web-10', undefined, {}],
  ['web-.*', 'web-10', ['web-10'], {}],
  ['web', 'a web', undefined, {}],
  ['(\\w+)/(x)?(?P<name>\\w+)', 'a/b', ['a/b', 'a', undefined, 'b'], { name: 'b' }],
  ['(?<name>.)', 'c', ['c', 'c'], { name: 'c' }],
] as const)
  whole(`${source} on ${text}`, () => {
    const match = compileWhole(source)(text)
    assert.equal(match, groups && { groups, named })
  })
whole('takes time in proportion to the text', () => assert.is(compileWhole(SLOW)(TEXT), undefined))
whole.run()

const search = suite('compileSearch')
for (const [source, text, template, want] of [
  ['a', 'banana', 'o', 'bonono'],
  ['(\\w)(\\d)', 'a1 b2', '$2$1', '1a 2b'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a group of a pattern
  ['(?P<x>\\w)=', 'a=1', '<$x|${x}|$$>', '<a|a|$>1'],
  ['(a)', 'a', '$1x', ''],
  ['(a)|(b)', 'ab', '[$1$2$3]', '[a][b]'],
  ['x*', 'axb', '-', '-a-b-'],
  ['q', 'abc', '-', 'abc'],
] as const)
  search(`replaces ${source} in ${text} by ${template}`, () => {
    const { replace, test } = compileSearch(source)
    assert.is(
      replace(text, match => expandTemplate(template, match)),
      want,
    )
    assert.is(test(text), want !== text)
  })
search('takes time in proportion to the text', () => assert.is(compileSearch(SLOW).test(TEXT), false))
search.run()
