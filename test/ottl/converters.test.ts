import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compileValue } from '../../ottl/compile.ts'
import { CONVERTERS } from '../../ottl/converters.ts'
import { parseCondition } from '../../ottl/parse.ts'
import type { Value } from '../../ottl/values.ts'
import { cursorOn } from './kit.ts'

const ROW = cursorOn({ attributes: { text: 'Straße', list: ['a', 2n], pid: 42n } })
const SCOPE = { signal: 'logs', context: 'log', isImplied: true } as const

function evaluate(text: string): Value {
  const node = parseCondition(`${text} == nil`)
  if (node.kind !== 'compare') throw new Error('must be a comparison')
  return compileValue(node.left, SCOPE).of(ROW)
}

/** Each call and what it makes. Hashes: sha1sum, sha256sum, sha512sum, md5sum of the text; FNV: draft-eastlake-fnv-21, appendix. */
const ROWS: readonly (readonly [string, Value])[] = [
  ['IsMatch("abc", "b")', true],
  ['IsString("a")', true],
  ['IsString(1)', false],
  ['IsInt(1)', true],
  ['IsInt(1.0)', false],
  ['IsDouble(1.5)', true],
  ['IsBool(true)', true],
  ['IsMap({})', true],
  ['IsList([])', true],
  ['IsEmpty("")', true],
  ['IsEmpty(nil)', true],
  ['IsEmpty([1])', false],
  ['Concat(["a", 1, 2.5, true, nil], "-")', 'a-1-2.5-true-<nil>'],
  ['Concat([], "-")', ''],
  ['Coalesce([nil, attributes["missing"], "x", "y"])', 'x'],
  ['Coalesce([nil])', undefined],
  ['Split("a|b||c", "|")', ['a', 'b', '', 'c']],
  ['Split("aé", "")', ['a', 'é']],
  ['Substring("hello", 1, 3)', 'ell'],
  ['Substring("éa", 0, 2)', 'é'],
  ['Substring("éa", 1, 2, true)', 'a'],
  ['ToLowerCase(attributes["text"])', 'straße'],
  ['ToUpperCase(attributes["text"])', 'STRAßE'],
  ['Trim("  a b ")', 'a b'],
  ['Trim("--a-b-", "-")', 'a-b'],
  ['TrimPrefix("prefix", "pre")', 'fix'],
  ['TrimSuffix("prefix", "fix")', 'pre'],
  ['TrimSuffix("prefix", "")', 'prefix'],
  ['HasPrefix("prefix", "pre")', true],
  ['HasSuffix("prefix", "pre")', false],
  ['Len(attributes["text"])', 7n],
  ['Len(attributes["list"])', 2n],
  ['Len(attributes)', 3n],
  ['ContainsValue(attributes["list"], 2)', true],
  ['ContainsValue(["a"], "b")', false],
  ['Int("42")', 42n],
  ['Int(2.9)', 2n],
  ['Int(-2.9)', -2n],
  ['Int(true)', 1n],
  ['Int(nil)', undefined],
  ['Double("1e3")', 1000],
  ['Double(attributes["pid"])', 42],
  ['String(42)', '42'],
  ['String(1.5)', '1.5'],
  ['String(0x0aff)', '0aff'],
  ['String({"b": [1, "x"], "a": nil})', '{"a":null,"b":[1,"x"]}'],
  ['String(nil)', undefined],
  ['Bool("t")', true],
  ['Bool(0)', false],
  ['ParseInt("ff", 16)', 255n],
  ['ParseInt("-101", 2)', -5n],
  ['Log(1)', 0],
  ['SHA1("abc")', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['SHA256("abc")', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'SHA512("abc")',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  ['MD5("abc")', '900150983cd24fb0d6963f7d28e17f72'],
  ['FNV("foobar")', BigInt.asIntN(64, 0x85944171f73967e8n)],
]

const s = suite('converters')
for (const [text, want] of ROWS) s(text, () => assert.equal(evaluate(text), want))

s('are all in the table above', () => {
  const tried = new Set(ROWS.map(([text]) => /^\w+/.exec(text)![0]))
  assert.equal(
    [...CONVERTERS.keys()].filter(name => !tried.has(name)),
    [],
  )
})
s.run()
