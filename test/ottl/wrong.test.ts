/** What is said of statements and conditions that are wrong, side by side in one golden file; and that nothing else than that ever happens. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readCondition, readStatement } from '../../ottl/language.ts'
import type { Signal } from '../../pipeline/component.ts'
import { assertGolden } from '../kit/golden.ts'
import { seeded } from '../kit/random.ts'

const STATEMENTS = [
  '',
  'set',
  'set(',
  'set(log.body',
  'set(log.body, "a"',
  'set(log.body, "a"))',
  'set(log.body, "a") when true',
  'set(log.body, "a") where',
  'set(log.body, "a") where log.body',
  'set(log.body, "a") where log.body = "b"',
  "set(log.body, 'a')",
  'set(log.body, "a',
  'set(log.body, "\\q")',
  'set(log.body, "a\nb")',
  'set(log.body, "a") where true &amp;&amp; true'.replaceAll('&amp;', '&'),
  'set(log.body, "a") where !true',
  'set(log.body, "a") where (true',
  'set(log.body, "a") where "a"',
  'set(log.body, "a") where 1 == 1 == 1',
  'set(log.body, (true and false))',
  'set(log.body)',
  'set(log.body, "a", "b")',
  'set(log.body, valu="a")',
  'set(value="a", log.body)',
  'set(log.body, value="a", value="b")',
  'sett(log.body, "a")',
  'Set(log.body, "a")',
  'set(log.body, concat(["a"], ""))',
  'set(log.body, Concatt(["a"], ""))',
  'set(log.body, Concat("a", ""))',
  'set(log.body, Substring("abc", 5, 1))',
  'set(log.body, 5)',
  'set(log.severity_number, "WARN")',
  'set(log.attributes, "a")',
  'set(log.attributes["a"], ["b"])',
  'set(log.attributes["a"]["b"], 1)',
  'set(log.attributes[log.body], 1)',
  'set("a", "b")',
  'set(attributes["a"], "b")',
  'set(log.bodi, "a")',
  'set(log.body["a"], "b")',
  'set(log.attributes["a"].b, "c")',
  'set(log.time_unix_nano, 1)',
  'set(span.name, "a")',
  'set(resource.attributes["a"], log.body)',
  'set(scope.name, "a")',
  'set(log.cache["a"], "b")',
  'set(log.body, SEVERITY_NUMBER_INFORM)',
  'set(log.body, 9223372036854775808)',
  'set(log.body, 0xfff)',
  'set(log.body, 1 + "a")',
  'set(log.body, 1 / 0)',
  'delete_key(log.body, "a")',
  'delete_key(log.attributes["a"], "a")',
  'delete_key(log.attributes, log.body)',
  'delete_matching_keys(log.attributes, "(")',
  'keep_keys(log.attributes, "a")',
  'replace_pattern(log.attributes, "a", "b")',
  'replace_pattern(log.body, "a(?=b)", "c")',
  'replace_pattern(log.body, "a", "b", Sha256)',
  'replace_match(log.body, "[", "b")',
  'replace_all_patterns(log.attributes, "both", "a", "b")',
  'truncate_all(log.attributes, -1)',
  'truncate_all(log.attributes, 1, true, "…")',
  'limit(log.attributes, 1, ["a", "b"])',
  'merge_maps(log.attributes, {"a": 1}, "append")',
  'map_each(log.attributes, (x) => x)',
  `set(log.body, ${'('.repeat(60)}1${')'.repeat(60)})`,
  `set(log.body, "${'a'.repeat(20_000)}")`,
  `set(log.body, Concat([${'"a",'.repeat(1_200)}"a"], ""))`,
] as const

const s = suite('wrong statements')

s('say what is wrong, where, and what to do', () => {
  const told = STATEMENTS.map(text => {
    const found = readStatement(text, { signal: 'logs', context: undefined })
    assert.type(found, 'string', text)
    return `${text.length > 80 ? `${text.slice(0, 80)}…` : text}\n    ${found as string}`
  })
  assertGolden('ottl/wrong-statements.txt', `${told.join('\n')}\n`)
})

/** Statements and conditions that are right, of which the mutated ones are made. */
const SEEDS = [
  'set(log.attributes["a"], Concat([log.body, "x", 1.5], "-")) where log.severity_number >= SEVERITY_NUMBER_WARN and not IsMatch(log.body, "^a.*(b|c)$")',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a group of a pattern
  'replace_pattern(resource.attributes["b"], "([a-z]+)\\\\d", "$$1-${1}", SHA256, "<%s>") where resource.attributes["c"] == nil or (1 + 2) * -3 / 4.0 < 0x1f',
  'merge_maps(log.attributes, {"a": 1, "b": [true, nil], "c": {"d": "e"}}, "upsert")',
  'limit(log.attributes, limit=3, priority_keys=["a", "b"]) where log.attributes == {} and "a" != "b"',
  'replace_match(log.body, "/{home,root}/[!a-c]*?", "~")',
]
const PIECES = [
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '"',
  '\\',
  ',',
  '.',
  '=',
  '==',
  '-',
  'nil',
  'not ',
  ' or ',
  '0x',
  '9'.repeat(30),
  'é',
  '\u0000',
  '\n',
  'log.',
  'constructor',
  '__proto__',
  'Len(',
  '$',
  '(?i',
  '*{9999}',
]

/** How many; a million by `MUTATIONS=1000000`. */
const COUNT = Number(process.env.MUTATIONS ?? 4_000)
/** One statement must not take longer. */
const MOST_MS = 1_000

s(`${COUNT} mutated ones are read or refused with a place, and none takes long`, () => {
  const random = seeded(7)
  const any = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const signals: readonly Signal[] = ['logs', 'metrics', 'traces']
  let [refused, slowest] = [0, 0]
  for (let n = 0; n < COUNT; n++) {
    let text = any(SEEDS)
    for (let edits = 1 + Math.floor(random() * 4); edits > 0; edits--) {
      const at = Math.floor(random() * text.length)
      const to = random() < 0.5 ? at : Math.min(text.length, at + Math.floor(random() * 12))
      text = text.slice(0, at) + (random() < 0.7 ? any(PIECES) : '') + text.slice(to)
    }
    const began = performance.now()
    const read = random() < 0.8 ? readStatement : readCondition
    const found = read(text, { signal: any(signals), context: undefined })
    slowest = Math.max(slowest, performance.now() - began)
    if (typeof found !== 'string') continue
    refused++
    assert.match(found, /^(line \d+, )?column \d+: \S/, text)
  }
  assert.ok(refused > COUNT / 2)
  assert.ok(refused < COUNT)
  assert.ok(slowest < MOST_MS, `the slowest took ${slowest} ms`)
})

s.run()
