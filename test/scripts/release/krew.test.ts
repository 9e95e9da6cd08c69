import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { fillIn, writeKrew } from '../../../scripts/release/krew.ts'
import { sha256 } from '../../../scripts/release/provenance.ts'
import { TARGETS } from '../../../scripts/release/target.ts'
import { Scratch } from '../../kit/cli.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const env = { GITHUB_SERVER_URL: 'https://example.org', GITHUB_REPOSITORY: 'a/swoll' }

const s = suite('writeKrew')
s('says where each archive is, and its checksum', () => {
  using scratch = new Scratch()
  const archives = TARGETS.map(target => ({ target, path: scratch.write(target.architecture, target.rpm) }))
  const path = writeKrew(scratch.path, archives, env)
  assert.ok(path.endsWith(`/swoll-${version}-krew.yaml`))
  const { kind, metadata, spec } = parse(readFileSync(path, 'utf8'))
  assert.equal([kind, metadata, spec.version], ['Plugin', { name: 'swoll' }, `v${version}`])
  assert.equal(
    spec.platforms,
    archives.map(({ target: { architecture: arch }, path: archive }) => ({
      selector: { matchLabels: { os: 'linux', arch } },
      uri: `https://example.org/a/swoll/releases/download/v${version}/swoll-${version}-linux-${arch}.tar.gz`,
      sha256: sha256(archive),
      bin: 'bin/kubectl-swoll',
      files: [{ from: `swoll-${version}-linux-${arch}/*`, to: '.' }],
    })),
  )
})
s('leaves out what was not built', () => {
  using scratch = new Scratch()
  const [target] = TARGETS
  const path = writeKrew(scratch.path, [{ target: target!, path: scratch.write('a', 'a') }], env)
  assert.is(parse(readFileSync(path, 'utf8')).spec.platforms.length, 1)
})
s.run()

const fill = suite('fillIn')
fill('refuses what nobody knows', () => {
  const template = 'spec: {platforms: [{selector: {matchLabels: {arch: amd64}}, sha256: {{SHA256_AMD64}}}]}'
  assert.throws(() => fillIn(template, {}, ['amd64']), /\{\{SHA256_AMD64\}\} must be known/)
})
fill.run()
