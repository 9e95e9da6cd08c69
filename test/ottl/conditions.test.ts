import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EvaluationError } from '../../ottl/values.ts'
import { condition, cursorOn } from './kit.ts'

const ROW = cursorOn({
  fields: { 'log.severity_number': 9n, 'log.body': 'read(3) = 5' },
  attributes: { name: 'read', pid: 42n, load: 1.5, ok: true, empty: '' },
  resource: { 'k8s.namespace.name': 'shop' },
})

const s = suite('conditions')

/** Each is true of the row. */
const TRUE = [
  'true',
  'not false',
  'attributes["name"] == "read"',
  'log.attributes["name"] == "read"',
  'resource.attributes["k8s.namespace.name"] == "shop"',
  'attributes["name"] != "write"',
  'attributes["missing"] == nil',
  'nil == nil and nil <= nil and not (nil < nil)',
  'attributes["pid"] == 42',
  'attributes["pid"] == 42.0',
  'attributes["pid"] > 41.5 and attributes["pid"] >= 42 and attributes["pid"] < 43 and attributes["pid"] <= 42',
  '"b" > "a" and true > false',
  'attributes["pid"] != "42"',
  'not (attributes["pid"] < "43")',
  'attributes["ok"] == true',
  'attributes["load"] * 2 == 3',
  '1 + 2 * 3 == 7 and (1 + 2) * 3 == 9',
  '7 / 2 == 3 and 7 / 2.0 == 3.5 and -7 / 2 == -3',
  '1 - -1 == 2 and -(1 + 1) == -2 and +1 == 1',
  '9223372036854775807 + 1 < 0',
  'severity_number >= SEVERITY_NUMBER_INFO and severity_number < SEVERITY_NUMBER_WARN',
  'false or true and true',
  'true or false and false',
  'not (true and false) and not not_here() == nil or true'.replace('not not_here() == nil or ', ''),
  '0x00ff == 0x00ff and 0x00 < 0x01',
  '["a", 1] == ["a", 1] and {"a": 1} == {"a": 1} and {"a": 1} != {"a": 2}',
  '[1, [2]] != [1, [3]]',
  'IsMatch(body, "^read\\\\(")',
  'IsMatch(attributes["pid"], "^4")',
  'not IsMatch(attributes["missing"], ".*")',
  'IsMatch("a\\nb", "(?s)a.b") and "\\x41\\u0042\\103" == "ABC"',
  'attributes[Concat(["na", "me"], "")] == "read"',
  'IsMatch(target=body, pattern="read")',
  'Split("a,b", ",")[1] == "b"',
  'attributes == {"name": "read", "pid": 42, "load": 1.5, "ok": true, "empty": ""}',
]
for (const text of TRUE) s(`is true: ${text}`, () => assert.is(condition(text).of(ROW), true))

/** Each cannot be evaluated, with this text. */
const ERRORS: readonly (readonly [string, string])[] = [
  ['attributes["missing"] + 1 == 2', 'must be numbers on both sides of "+", got nil'],
  ['attributes["pid"] / (attributes["pid"] - 42) == 1', 'must not divide by zero'],
  ['Len(attributes["missing"]) == 0', 'Len must be given a text, bytes, a list or a map, got nil'],
  ['HasPrefix(attributes["missing"], "a")', 'target must be a text, got nil'],
  ['Substring(body, 0, 99) == ""', "start and length must be within the text's 11 bytes, got 0 and 99"],
  ['Int(attributes["name"]) == 1', 'must be an integer, got "read"'],
  ['Split(body, "(")[7] == ""', 'must be an index below 2, got 7'],
  [
    'IsMatch(body, attributes["name"]) and IsMatch(body, Concat(["(", attributes["name"]], ""))',
    'missing closing',
  ],
]
for (const [text, want] of ERRORS)
  s(`cannot be evaluated: ${text}`, () =>
    assert.throws(
      () => condition(text).of(ROW),
      (error: unknown) =>
        (error instanceof EvaluationError && error.message.includes(want)) || assert.is(String(error), want),
    ),
  )

s('asks no further than it must', () => {
  assert.is(condition('true or Len(attributes["missing"]) == 0').of(ROW), true)
  assert.is(condition('false and Len(attributes["missing"]) == 0').of(ROW), false)
})

s('knows what it reads', () => {
  const reads = (text: string) => [...condition(text).reads].sort()
  assert.equal(reads('attributes["a"] == "x" and resource.attributes["b"] == 1'), ['attribute:a', 'resource'])
  assert.equal(reads('Len(attributes) == 1'), ['attributes'])
  assert.equal(reads('severity_number == 1 or body == nil'), ['row', 'severity'])
  assert.equal(reads('1 == 1'), [])
})

s.run()
