import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { decode, keysAt } from '../../otel-config/decode.ts'
import { Findings, formatIssues } from '../../otel-config/issues.ts'
import { parseYaml } from '../../otel-config/parse.ts'
import { duration } from '../../pipeline/config.ts'

const inner = z.strictObject({ host: z.string().min(1).optional(), port: z.int().optional() })
const schema = z.strictObject({
  text: z.string().min(3).max(5).optional(),
  number: z.number().gt(0).lt(10).optional(),
  whole: z.int().min(1).max(9).multipleOf(3).optional(),
  flag: z.boolean().optional(),
  list: z.array(z.string()).min(1).max(2).optional(),
  one: z.literal('only').optional(),
  pattern: z.string().regex(/^a+$/).optional(),
  labels: z.record(z.string().regex(/^[a-z]+$/, 'must be lower case'), z.string()).optional(),
  inners: z.array(inner).optional(),
  either: z.union([z.string(), z.strictObject({ socket: inner })]).optional(),
  wait: duration({ min: '1s' }).prefault('5s'),
  needed: z.string().default(''),
})

/** Returns the issues of decoding `text`, without the name of the file. */
function issuesOf(text: string): string {
  const findings = new Findings()
  const { root, issues } = parseYaml(text, 'f')
  assert.equal(issues, [])
  decode(schema, { root, path: [], findings })
  return formatIssues(findings.issues).replaceAll('f:1:', '')
}

const wording = suite('what decode says')
for (const [text, want] of [
  ['text: 5', '7: text: must be text, got 5 (number); put it in quotes'],
  ['text: [a]', '1: text: must be text, got a list'],
  ['text: ab', '7: text: must have at least 3 characters'],
  ['text: abcdef', '7: text: must have at most 5 characters'],
  ['number: 0', '9: number: must be above 0, got 0 (number)'],
  ['number: 10', '9: number: must be below 10, got 10 (number)'],
  ['number: "5"', '9: number: must be a number, got "5" (string); remove the quotes'],
  ['number: five', '9: number: must be a number, got "five" (string)'],
  ['whole: 1.5', '8: whole: must be a whole number, got 1.5 (number)'],
  [
    'whole: 10',
    '8: whole: must be at most 9, got 10 (number)\n8: whole: must be a multiple of 3, got 10 (number)',
  ],
  ['whole: 4', '8: whole: must be a multiple of 3, got 4 (number)'],
  ['flag: "true"', '7: flag: must be true or false, got "true" (string); remove the quotes'],
  ['flag: yes', '7: flag: must be true or false, got "yes" (string)'],
  ['list: a', '7: list: must be a list, got "a" (string); write [a]'],
  ['list: []', '1: list: must have at least 1 entry'],
  ['list: [a, b, c]', '1: list: must have at most 2 entries'],
  ['list: [a, 1]', '11: list::1: must be text, got 1 (number); put it in quotes'],
  ['one: onyl', '6: one: must be "only", got "onyl" (string); did you mean "only"?'],
  ['pattern: b', '10: pattern: must match /^a+$/, got "b" (string)'],
  ['labels: {a: b, C: d}', '16: labels::C: must be lower case'],
  ['labels: [a]', '1: labels: must be a map, got a list'],
  ['inners: [{host: a}, {hots: b}]', '22: inners::1::hots: unknown key; did you mean "host"?'],
  ['inners: [{host: ""}]', '17: inners::0::host: must not be empty'],
  ['either: {socket: {prot: 1}}', '19: either::socket::prot: unknown key; did you mean "port"?'],
  ['either: 5', '9: either: must be text, got 5 (number); put it in quotes'],
  ['either: {socket: }', '10: either::socket: must be set'],
  ['wait: 100ms', '7: wait: must be at least 1s, got 100ms'],
  ['wait: 5', '7: wait: must be a duration such as "5s" or "1h30m", got 5 (number)'],
  ['x: 1', `1: x: unknown key; known here: ${Object.keys(schema.shape).join(', ')}`],
  [
    '{text: 1, number: x, tetx: 2}',
    '8: text: must be text, got 1 (number); put it in quotes\n19: number: must be a number, got "x" (string)\n22: tetx: unknown key; did you mean "text"?',
  ],
] as const)
  wording(`of ${text}`, () => {
    assert.is(issuesOf(text), want)
  })
for (const text of ['', 'text:', 'needed: null', 'wait: ~', 'inners: [{}]', 'whole: 9'])
  wording(`nothing of ${JSON.stringify(text)}`, () => {
    assert.is(issuesOf(text), '')
  })
wording.run()

const keys = suite('keysAt')
keys('gives the keys of a map at any depth, of all variants', () => {
  const variants = z.strictObject({
    a: z.union([z.strictObject({ b: inner }), z.array(z.strictObject({ c: z.int() }))]),
  })
  assert.equal(keysAt(variants, []), ['a'])
  assert.equal(keysAt(variants, ['a']), ['b'])
  assert.equal(keysAt(variants, ['a', 'b']), ['host', 'port'])
  assert.equal(keysAt(variants, ['a', 0]), ['c'])
  assert.equal(keysAt(variants, ['a', 'b', 'host']), [])
  assert.equal(keysAt(z.record(z.string(), inner), ['any']), ['host', 'port'])
})
keys.run()
