// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references
/** Configurations made to take time or memory: refused at once, with place and rule, or read. Never an error of another kind. */
import { spawnSync } from 'node:child_process'
import { truncateSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../cli/components.ts'
import { ConfigError, loadConfig } from '../../otel-config/load.ts'
import { type CliResult, runCli, Scratch } from '../kit/cli.ts'
import { seeded } from '../kit/random.ts'

/** Each case once took half a minute and more, or the whole stack; now a fraction of this on an idle machine. */
const MOST_MS = 10_000
const registry = await loadRegistry()

/** Returns the issues of loading, one per line; empty for a good source. Fails if loading takes too long or throws another error. */
async function messagesOf(sources: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const startMs = performance.now()
  const error = await loadConfig({ sources, registry, env }).then(
    () => undefined,
    (cause: unknown) => cause,
  )
  const ms = performance.now() - startMs
  assert.ok(ms < MOST_MS, `took ${Math.round(ms)} ms`)
  if (error === undefined) return ''
  assert.instance(error, ConfigError, (error as Error).stack)
  const { message } = error as ConfigError
  assert.ok(message.length < 400_000, `${message.length} characters of errors`)
  assert.not.match(message, /call stack/)
  return message
}

const repeat = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i))
const DEEP = 'must nest maps and lists at most 100 deep'
const MANY = 'must have at most 20000 values'

const texts = suite('YAML')
for (const [name, text, rule] of [
  ['15,000 aliases', `a: &a 1\nl: [${'*a,'.repeat(15_000)}]`, MANY],
  [
    'aliases that multiply',
    repeat(30, i => `a${i}: &a${i} [${i > 0 ? `*a${i - 1},`.repeat(9) : 1}]`).join('\n'),
    MANY,
  ],
  ['a chain of aliases', repeat(300, i => `a${i}: &a${i} [${i > 0 ? `*a${i - 1}` : 1}]`).join('\n'), DEEP],
  ['lists in lists', '['.repeat(20_000) + ']'.repeat(20_000), DEEP],
  ['lists that are never closed', '['.repeat(500_000), DEEP],
  ['maps in maps', '{a: '.repeat(20_000) + '}'.repeat(20_000), DEEP],
  ['compact lists', `${'- '.repeat(20_000)}a`, DEEP],
  ['compact keys', `${'? '.repeat(20_000)}a`, DEEP],
  ['steps to the right', repeat(1000, i => `${' '.repeat(i)}a:`).join('\n'), DEEP],
  ['steps of lists', repeat(500, i => `${' '.repeat(i)}- `).join('\n'), DEEP],
  ['500,000 items', `[${'a,'.repeat(500_000)}]`, MANY],
  ['a million commas', `[${','.repeat(1_000_000)}]`, MANY],
  ['100,000 keys', repeat(100_000, i => `k${i}: 1`).join('\n'), MANY],
  ['20,000 anchors', repeat(20_000, i => `- &a${i} 1`).join('\n'), MANY],
  ['200,000 documents', '---\n'.repeat(200_000), MANY],
  ['a million quotes', '"'.repeat(1_000_000), MANY],
  ['15,000 unknown keys', repeat(15_000, i => `key_${i}: 1`).join('\n'), '… and 14901 more'],
  [
    'a key of 1,000 characters and more',
    `? ${'k'.repeat(100_000)}
: 1`,
    '… (100000 characters): unknown key',
  ],
  [
    'a value of a megabyte',
    `receivers: {ebpf: {latency: ${'k'.repeat(1_000_000)}}}`,
    'receivers::ebpf::latency: must be one of',
  ],
  ['more than a megabyte', 'x'.repeat(2 ** 20 + 1), 'must have at most 1048576 bytes, got 1048577'],
] as const)
  texts(`${name}: ${rule}`, async () => {
    using scratch = new Scratch()
    const messages = await messagesOf([scratch.write('a.yaml', text)])
    assert.match(messages, rule)
    assert.match(messages, `${scratch.path}/a.yaml:`)
  })
texts('keys of yaml: that go deep, or are many', async () => {
  assert.match(await messagesOf([`yaml:${repeat(300, () => 'a').join('::')}: 1`]), DEEP)
  const many = repeat(19_000, i => `receivers::ebpf::k${i}: 1`).join('\n')
  assert.match(await messagesOf([`yaml:${many}`]), 'unknown key')
})
texts.run()

const CHAIN = Object.fromEntries(repeat(10_000, i => `C${i}\n\${C${i + 1}}`).map(line => line.split('\n')))
const references = suite('references')
for (const [name, value, rule, env] of [
  [
    'a reference in a reference in …',
    '${env:'.repeat(20_000) + '}'.repeat(20_000),
    'must nest references at most 50 deep',
    {},
  ],
  ['references that are never closed', '${'.repeat(20_000), 'must nest references at most 50 deep', {}],
  ['a chain of variables', '${C0}', 'must not lead through more than 50 references', CHAIN],
  [
    'variables that multiply',
    '${B0}',
    'must not lead to more than 1000 references',
    Object.fromEntries(repeat(9, i => `B${i}\n${`\${B${i + 1}}`.repeat(10)}`).map(line => line.split('\n'))),
  ],
  [
    'a large variable many times',
    '${BIG}'.repeat(500),
    'references must not bring more than 8388608 characters',
    { BIG: 'x'.repeat(100_000) },
  ],
  ['a deep variable', '${DEEP}', 'must be a map', { DEEP: '['.repeat(20_000) + ']'.repeat(20_000) }],
] as const)
  references(`${name}: ${rule}`, async () => {
    assert.match(await messagesOf([`yaml:receivers: {ebpf: '${value}'}`], env), rule)
  })
references('many large lists', async () => {
  const env = { BIG: `[${repeat(5_000, () => 'a').join(',')}]` }
  const text = `receivers: {ebpf: {x: [${repeat(1_000, () => '"${BIG}"').join(',')}]}}`
  assert.match(await messagesOf([`yaml:${text}`], env), MANY)
})
references('deep maps in deep maps', async () => {
  const nest = (inner: string) => '{a: '.repeat(90) + inner + '}'.repeat(90)
  const text = `receivers: {ebpf: ${nest('"${DEEPER}"')}}`
  assert.match(await messagesOf([`yaml:${text}`], { DEEPER: nest('1') }), DEEP)
})
references('files that are none', async () => {
  using scratch = new Scratch()
  spawnSync('mkfifo', [`${scratch.path}/fifo`])
  for (const [path, rule] of [
    [`${scratch.path}/fifo`, 'must be a file, got a FIFO'],
    ['/dev/zero', 'must be a file, got a device'],
    [scratch.path, 'must be a file, got a folder'],
  ] as const)
    assert.match(await messagesOf([`yaml:receivers: {ebpf: '\${file:${path}}'}`]), `the file ${path} ${rule}`)
})
references.run()

const files = suite('files')
for (const [name, make, rule] of [
  [
    'a FIFO that nobody writes to',
    (path: string) => void spawnSync('mkfifo', [path]),
    'must be a file, got a FIFO',
  ],
  ['a folder', (path: string) => void spawnSync('mkdir', [path]), 'must be a file, got a folder'],
  [
    'an endless device',
    (path: string) => void spawnSync('ln', ['-s', '/dev/zero', path]),
    'must be a file, got a device',
  ],
  ['a link to itself', (path: string) => void spawnSync('ln', ['-s', path, path]), 'cannot be read (ELOOP)'],
  [
    '50 MB',
    (path: string) => {
      spawnSync('touch', [path])
      truncateSync(path, 50_000_000)
    },
    'must have at most 1048576 bytes, got 50000000',
  ],
  [
    'bytes that are no UTF-8',
    (path: string) => void spawnSync('sh', ['-c', 'printf "a: \\\\377" > "$0"', path]),
    'must be text in UTF-8',
  ],
] as const)
  files(`${name}: ${rule}`, async () => {
    using scratch = new Scratch()
    const path = `${scratch.path}/agent.yaml`
    make(path)
    assert.match(await messagesOf([path]), `${path}: ${rule}; `)
  })
files('what a shell has opened is read', () => {
  const script = `exec bin/swoll validate --config <(printf 'receivers: {ebpf: {latency: 5}}')`
  const { status, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  assert.match(stderr, 'receivers::ebpf::latency: must be one of')
  assert.is(status, 1)
})
files('an error names the file as nobody can misread it', () => {
  using scratch = new Scratch()
  const path = scratch.write('a\u001b[31m\nswoll: fine \u202e.yaml', 'x\u001b: 1')
  const { stderr }: CliResult = runCli(['validate', '--config', path])
  assert.match(stderr, 'a\\u001b[31m\\nswoll: fine \\u202e.yaml:1:1: x\\u001b: unknown key')
  assert.is(stderr.split('\n').length, stderr.split('a\\u001b').length, 'a line per error')
})
files.run()

/** Pieces that mean something to YAML, to references or to swoll. */
const PIECES = [
  ...'[]{},:-?&*!|>%@`"\'#~\n\t ',
  '\n  ',
  '\n- ',
  ': ',
  '- ',
  '? ',
  '&a ',
  '*a ',
  '<<: ',
  '${',
  '}',
  '$$',
  '${env:A}',
  '${env:B:-',
  '${file:/none}',
  '${yaml:',
  'a',
  'b',
  '1',
  '1e999',
  '.inf',
  '.nan',
  'null',
  'true',
  '!!binary ',
  '---\n',
  '...\n',
  '\u0000',
  '\ud800',
  '\u202e',
  '__proto__',
  'constructor',
  'receivers:',
  ' {ebpf: ',
  'exporters:',
  ' {prometheus: ',
  'service:',
  ' {pipelines: ',
  '720h',
  '127.0.0.1:1',
]

const fuzz = suite('random text')
fuzz('is read, or refused as a configuration, in time', async () => {
  const random = seeded(20_260_131)
  const env = { A: '[a, ${env:B}]', B: '{b: ${A}' }
  for (let round = 0; round < 800; round++) {
    const length = 1 + Math.floor(random() ** 3 * 300)
    const text = Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)]).join('')
    await messagesOf([`yaml:${text}`], env).catch((error: Error) => {
      throw new Error(`${JSON.stringify(text)}: ${error.message}`, { cause: error })
    })
  }
})
fuzz('does not fill the memory', () => {
  assert.ok(process.memoryUsage.rss() < 700e6, `${Math.round(process.memoryUsage.rss() / 1e6)} MB`)
})
fuzz.run()
