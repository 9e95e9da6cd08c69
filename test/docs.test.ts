/** The documents agree with the program. UPDATE_GOLDEN=1 rewrites the generated parts, and still fails. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../cli/components.ts'
import { CHECKS } from '../cli/doctor/checks.ts'
import { service } from '../otel-config/service.ts'
import type { Factory } from '../pipeline/component.ts'
import { ERROR_CODES } from '../pipeline/errors.ts'
import { KIND_NAMES } from '../pipeline/kinds.ts'
import { commandsOf, unknownWord } from './docs/commands.ts'
import * as pages from './docs/pages.ts'
import { configTable } from './kit/config-table.ts'
import { checkGenerated } from './kit/generated.ts'
import { brokenLinks, configurationsOf, missingPaths, readDocuments } from './kit/markdown.ts'
import { validate } from './kit/validate.ts'

const registry = await loadRegistry()

function describeFactory(factory: Factory<unknown>): string {
  const levels = Object.entries(factory.stability).map(([signal, level]) => `${signal} (${level})`)
  const { extension } = factory.stability
  const supported = extension ? `Stability: ${extension}` : `Signals: ${levels.join(', ')}`
  const aliases = factory.aliases?.length
    ? ` Older name: ${factory.aliases.map(name => `\`${name}\``).join(', ')}.`
    : ''
  return `### ${factory.type}\n\n${factory.description}. ${supported}.${aliases}\n\n${configTable(factory.config)}`
}

const section = (title: string, factories: Iterable<Factory<unknown>>) =>
  `## ${title}\n\n${[...factories].map(describeFactory).join('\n')}`

const docs = suite('documents')
docs('errors.md lists the codes of errors.ts with what to do, in both directions', () => {
  const listed = [
    ...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \| [^|]{10,} \|$/gm),
  ]
  const table = listed.map(([, code, meaning]) => [code, meaning!.toLowerCase()])
  assert.equal(
    table,
    Object.entries(ERROR_CODES).map(([code, meaning]) => [code, meaning.toLowerCase()]),
  )
})
docs('configuration.md lists the keys of the service section', () => {
  checkGenerated('docs/configuration.md', 'service', configTable(service))
})
docs('components.md lists every component with its keys', () => {
  const sections = KIND_NAMES.filter(kind => registry[kind].size > 0).map(kind =>
    section(`${kind[0]!.toUpperCase()}${kind.slice(1)}`, registry[kind].values()),
  )
  checkGenerated('docs/components.md', 'components', sections.join('\n'))
})
docs('README.md leads to the README of every component', () => {
  const text = readFileSync('README.md', 'utf8')
  const types = KIND_NAMES.flatMap(kind => [...registry[kind].keys()])
  assert.equal(
    types.filter(type => !text.includes(`[${type}](`) || !text.includes(`/${type}/README.md)`)),
    [],
  )
})
docs('doctor.md lists every finding', () => {
  const titles = { host: 'This host', agent: 'The agent that runs', prometheus: 'Prometheus' }
  const parts = Object.entries(CHECKS).map(([area, checks]) => {
    const rows = checks.flatMap(({ entries }) =>
      Object.entries(entries).map(
        ([id, { severity, title, consequence, remedy }]) =>
          `| \`${id}\` | ${severity} | ${title} | ${consequence} | ${remedy} |`,
      ),
    )
    const asked = checks.map(({ name, asks }) => `- **${name}**: ${asks}.`).join('\n')
    const head = '| Id | Severity | Finding | What follows | What mends it |\n|---|---|---|---|---|'
    return `### ${titles[area as keyof typeof titles]}\n\n${asked}\n\n${head}\n${rows.join('\n')}\n`
  })
  checkGenerated('docs/doctor.md', 'findings', parts.join('\n'))
})
for (const [path, name, want] of [
  ['docs/metrics.md', 'metrics', pages.metricsTable],
  ['docs/metrics.md', 'attributes', pages.attributesTable],
  ['docs/metrics.md', 'events', pages.eventsTables],
  ['docs/metrics.md', 'own metrics', pages.ownMetricsTable],
  ['docs/normal.md', 'errors', pages.expectedErrorsTable],
  ['docs/normal.md', 'waiting calls', pages.waitingCalls],
  ['docs/normal.md', 'receiving calls', pages.receivingCalls],
] as const)
  docs(`${path} has the table of ${name}`, () => checkGenerated(path, name, want()))
docs('metrics.md has every metric that READMEs of components name', () => {
  const page = readFileSync('docs/metrics.md', 'utf8')
  const named = readDocuments()
    .filter(({ path }) => /^(receiver|processors|exporters|connectors)\//.test(path))
    .flatMap(({ text }) => [
      ...text.matchAll(/^\| `((?:receiver|processor|connector|exporter|otelsvc)_[a-z0-9_]+)`/gm),
    ])
    .map(match => match[1]!)
  assert.ok(named.length > 20)
  assert.equal(
    named.filter(name => !page.includes(`otelcol_${name}`)),
    [],
  )
})
docs.run()

/** The warnings, less those for variables that only the reader has. */
async function warningsOf(sources: readonly string[]): Promise<string[]> {
  const { warnings } = await validate(sources)
  const isPart = sources.length > 1 // whose components no pipeline uses
  return warnings.filter(
    message => !message.includes('is not set') && !(isPart && message.includes('no pipeline uses it')),
  )
}

const files = suite('each document')
const documents = readDocuments()
files('has its links in order', () => {
  assert.equal(
    documents.flatMap(document => brokenLinks(document).map(link => `${document.path}: ${link}`)),
    [],
  )
})
files('names files and folders that exist', () => {
  assert.equal(
    documents.flatMap(document => missingPaths(document).map(path => `${document.path}: ${path}`)),
    [],
  )
})
files('tells readers to type commands and options that there are', () => {
  const commands = documents.flatMap(document =>
    commandsOf(document).map(words => ({ words, text: `${document.path}: ${words.join(' ')}` })),
  )
  assert.ok(commands.length > 150)
  assert.equal(
    commands.flatMap(({ words, text }) => {
      const unknown = unknownWord(words)
      return unknown === undefined ? [] : [`${text}: ${unknown} is not known`]
    }),
    [],
  )
  for (const [text, word] of [
    ['swoll tpo --once', 'tpo'],
    ['swoll top --onec', '--onec'],
    ['kubectl swoll stuck -n x --nothing', '--nothing'],
    ['swoll seccomp --of x', '--of'],
  ] as const)
    assert.is(unknownWord(commandsOf({ path: '', text: `\`${text}\`` })[0]!), word)
})
for (const document of documents)
  for (const [i, sources] of configurationsOf(document).entries())
    files(`${document.path}: configuration ${i + 1} passes validate without a warning`, async () => {
      assert.equal(await warningsOf(sources), [])
    })
files.run()
