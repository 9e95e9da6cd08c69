import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { blocksOf, brokenLinks, configurationsOf, missingPaths, readDocuments } from './markdown.ts'

/** A document in docs/. */
const at = (text: string) => ({ path: 'docs/example.md', text })

const reading = suite('readDocuments')
reading('finds documents of the house, and none that a package brought', () => {
  const paths = readDocuments().map(({ path }) => path)
  assert.ok(paths.includes('README.md') && paths.includes('docs/configuration.md'))
  assert.not(paths.some(path => path.includes('node_modules')))
})
reading.run()

const blocks = suite('blocksOf')
blocks('gives the code of one language', () => {
  const text = '```yaml\na: 1\n```\n\n```sh\nls\n```\n\n```yaml title\nb: 2\n```\n'
  assert.equal(blocksOf(at(text), 'yaml'), ['a: 1\n', 'b: 2\n'])
})
blocks.run()

const links = suite('brokenLinks')
for (const [text, want] of [
  ['[a](configuration.md)', []],
  ['[a](../README.md)', []],
  ['[a](README.md)', ['README.md']],
  ['[a](https://example.org/no.md)', []],
  ['[a](configuration.md#own-metrics)', []],
  ['[a](configuration.md#no-such)', ['configuration.md#no-such']],
  ['# A *b*, c\n[a](#a-b-c) [d](#d)', ['#d']],
  ['`[a](no.md)`\n```\n[a](no.md)\n```\n', []],
] as const)
  links(JSON.stringify(text), () => {
    assert.equal(brokenLinks(at(text)), want)
  })
links.run()

const paths = suite('missingPaths')
for (const [text, want] of [
  ['`cli/main.ts` `cli/` `components.md` `main.ts`', []],
  ['`cli/mains.ts`', ['cli/mains.ts']],
  ['`gone/` and `gone/<words>.md`', ['gone/', 'gone/<words>.md']],
  ['`mains.ts`', ['mains.ts']],
  ['`node test/runs.ts PATTERN`', ['test/runs.ts']],
  ['```sh\nnode test/runs.ts\n```\n', ['test/runs.ts']],
  ['```yaml\ntest/runs.ts\n```\n', []],
  ['`cli/*.ts` `test/golden/<component>/<case>.txt`', []],
  ['`cli/*.rs`', ['cli/*.rs']],
  ['`cli/{main,mains}.ts`', ['cli/mains.ts']],
  ['`native/build/swoll.node` `node_modules/.bin/node` `dist/`', []],
  ['`.ts` `type/name` `/kubepods/` `agent.yaml:3:5` `a::b` `my.yaml` `include/linux/errno.h`', []],
] as const)
  paths(JSON.stringify(text), () => {
    assert.equal(missingPaths(at(text)), want)
  })
paths.run()

const configurations = suite('configurationsOf')
const block = (text: string) => at(`\`\`\`yaml\n${text}\n\`\`\`\n`)
configurations('takes a whole one as it is', () => {
  const whole = 'receivers: {ebpf: }\nservice: {pipelines: {metrics: }}'
  assert.equal(configurationsOf(block(whole)), [[`yaml:${whole}\n`]])
})
configurations('puts a part on top of a whole one', () => {
  const [[, part] = []] = configurationsOf(block('exporters: {debug: }'))
  assert.is(part, 'yaml:exporters: {debug: }\n')
})
configurations('leaves other YAML alone', () => {
  assert.equal(configurationsOf(block('apiVersion: v1\nkind: Pod')), [])
  assert.equal(configurationsOf(block('scrape_configs: []')), [])
})
configurations.run()
