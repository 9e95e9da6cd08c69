// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the references under test
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expand } from '../../otel-config/expand.ts'
import { Findings, formatIssues } from '../../otel-config/issues.ts'
import { UnreadableFile } from '../../otel-config/read-text.ts'
import { mapOf, type Node, nodeAt, toPlain } from '../../otel-config/tree.ts'

const ENV: Record<string, string> = {
  ENV_VALUE: 'v',
  NAME: 'ENV_VALUE',
  EMPTY: '',
  NUMBER: '0123',
  FLAG: 'true',
  LIST: '[a, "${env:ENV_VALUE}x", 3]',
  MAP: '{k: {n: 1}}',
  COLON: 'a: b: c',
  TEXT: 'x # not a comment',
  DOLLARS: 'here is 1 $$',
  RECURSIVE: '${env:ENV_VALUE} x',
  LOOP: 'a ${env:LOOP2}',
  LOOP2: '${LOOP}',
  B0: '${B1}${B1}${B1}${B1}${B1}${B1}${B1}${B1}${B1}${B1}',
  B1: '${B2}${B2}${B2}${B2}${B2}${B2}${B2}${B2}${B2}${B2}',
  B2: '${B3}${B3}${B3}${B3}${B3}${B3}${B3}${B3}${B3}${B3}',
  B3: 'x',
}

const readUrl = (url: string) => {
  if (url === 'https://host/list') return '[1, "${env:ENV_VALUE}"]\n'
  throw new UnreadableFile('is gone')
}
const place = { file: 'a.yaml', line: 2, column: 4 }

/** The configuration `k: <text>`, expanded. */
function expandText(text: string) {
  const readFile = (path: string) => {
    if (path === '/token') return 'secret\n'
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
  }
  const node: Node = { kind: 'scalar', place, value: text }
  const findings = new Findings()
  const root = expand(mapOf(place, [['k', { key: place, node }]]), { env: ENV, readFile, readUrl }, findings)
  return { node: nodeAt(root, ['k'])!, issues: findings.issues, warnings: findings.warnings }
}

const resultOf = ({ node }: { node: Node }) => toPlain(node, { keepNulls: node })

const vectors = suite("the Collector's vectors")
for (const [input, want] of [
  ['$$ENV_VALUE', '$ENV_VALUE'],
  ['$ENV_VALUE', '$ENV_VALUE'],
  ['$$$$ENV_VALUE', '$$ENV_VALUE'],
  ['$$${ENV_VALUE}', '$v'],
  ['$${env:ENV_VALUE}', '${env:ENV_VALUE}'],
  ['some${ENV_VALUE}text', 'somevtext'],
  ['$${env:${ENV_VALUE}}', '${env:v}'],
  ['text$$', 'text$'],
  ['${env:UNDEF:-default_value}', 'default_value'],
  ['${env:UNDEF:-$${env:UNDEF}}', '${env:UNDEF:-${env:UNDEF}}'],
  ['${env:DOLLARS}', 'here is 1 $'],
  ['${env:RECURSIVE}', 'v x'],
  ['${env:ENV_VALUE}', 'v'],
  ['${env:${NAME}}', 'v'],
  ['${env:EMPTY:-default}', null],
] as const)
  vectors(`${input} gives ${want}`, () => {
    const expanded = expandText(input)
    assert.is(resultOf(expanded), want)
    assert.equal([...expanded.issues, ...expanded.warnings], [])
  })
vectors.run()

const references = suite('references')
for (const [input, want] of [
  ['plain', 'plain'],
  ['', ''],
  ['$', '$'],
  ['a } b { c', 'a } b { c'],
  ['${ENV_VALUE:-d}', 'v'],
  ['${UNDEF:-d}', 'd'],
  ['${UNDEF:-}', null],
  ['x${UNDEF:-}', 'x'],
  ['${UNDEF:-5}', 5],
  ['${UNDEF:-a:-b}', 'a:-b'],
  ['${env:UNDEF:-{a: {b: 1}}}', { a: { b: 1 } }],
  ['${env:UNDEF:-${ENV_VALUE}-${FLAG}}', 'v-true'],
  ['${env:ENV_VALUE:-${UNDEF}}', 'v'],
  ['$$${UNDEF:-$$}', '$$'],
  ['${env:ENV_VALUE} and $${env:ENV_VALUE} and ${env:ENV_VALUE}', 'v and ${env:ENV_VALUE} and v'],
  ['${env:NUMBER}', 123],
  ['${env:NUMBER}s', '0123s'],
  ['${env:FLAG}', true],
  ['${env:LIST}', ['a', 'vx', 3]],
  ['x${env:LIST}', 'x[a, "vx", 3]'],
  ['${env:MAP}', { k: { n: 1 } }],
  ['${env:COLON}', 'a: b: c'],
  ['${env:TEXT}', 'x # not a comment'],
  ['${env:EMPTY}x', 'x'],
  ['${file:/token}', 'secret'],
  ['Bearer ${file:/token}', 'Bearer secret'],
  ['${yaml:[1, a]}', [1, 'a']],
] as const)
  references(`${input} gives ${JSON.stringify(want)}`, () => {
    const expanded = expandText(input)
    assert.equal(resultOf(expanded), want)
    assert.equal([...expanded.issues, ...expanded.warnings], [])
  })
references('a number keeps its text, for a field that wants text', () => {
  assert.is(expandText('${env:NUMBER}').node.text, '0123')
})
references('an address brings YAML, references in it too', () => {
  assert.equal(toPlain(expandText('${https://host/list}').node), [1, 'v'])
})
references('keys stay as they are', () => {
  const node: Node = { kind: 'scalar', place, value: 1 }
  const root = mapOf(place, [['${env:ENV_VALUE}', { key: place, node }]])
  const expanded = expand(root, { env: ENV, readFile: () => '', readUrl }, new Findings())
  assert.equal(toPlain(expanded), { '${env:ENV_VALUE}': 1 })
})
references('what a variable brings stands where the reference stands', () => {
  const { node } = expandText('${env:MAP}')
  assert.equal(node.kind === 'map' && node.entries.get('k')?.key, place)
  assert.equal(nodeAt(node, ['k', 'n'])?.place, place)
})
references.run()

const mistakes = suite('mistakes')
for (const name of Object.getOwnPropertyNames(Object.prototype))
  mistakes(`a name that every object has is no variable: ${name}`, () => {
    const { node, issues, warnings } = expandText(`\${env:${name}}`)
    assert.is(toPlain(node, { keepNulls: node }), null)
    assert.equal(issues, [])
    assert.match(formatIssues(warnings), `environment variable "${name}" is not set`)
  })
const literal = 'write "$${" for the characters "${" themselves'
const invalid = (name: string) =>
  `environment variable "${name}" has an invalid name: must match ^[a-zA-Z_][a-zA-Z0-9_]*$; ${literal}`
for (const [input, want] of [
  ['${env:ENV_VALUE', `a "\${" must be closed with "}"; ${literal}`],
  ['${', `a "\${" must be closed with "}"; ${literal}`],
  ['${env:A-B}', invalid('A-B')],
  ['${1}', invalid('1')],
  ['${}', invalid('')],
  ['${env:}', invalid('')],
  ['${env:A B:-x}', invalid('A B')],
  ['${http://u:p@host/x?t=1}', 'the text at http://host/x?… is gone'],
  ['${vault:a}', 'unknown scheme "vault" in "${vault:a}"; use env, file, yaml, http or https'],
  ['${env:LOOP}', 'must not refer to itself, got LOOP → LOOP2 → LOOP'],
  ['x${B0}', 'must not lead to more than 1000 references'],
  ['${file:/none}', 'the file /none cannot be read (ENOENT)'],
] as const)
  mistakes(`${input} is refused`, () => {
    const { issues, warnings } = expandText(input)
    assert.is(formatIssues(issues), `a.yaml:2:4: k: ${want}`)
    assert.equal(warnings, [])
  })
mistakes('an unset variable without a default is empty, with a warning', () => {
  const expanded = expandText('${env:UNDEF}')
  assert.is(resultOf(expanded), null)
  assert.is(resultOf(expandText('a${UNDEF}b')), 'ab')
  assert.is(
    formatIssues(expanded.warnings),
    'a.yaml:2:4: k: environment variable "UNDEF" is not set, so that the value is empty; set it, or give a default: ${env:UNDEF:-value}',
  )
})
mistakes.run()
