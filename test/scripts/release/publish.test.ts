/** Publishing, with stand-ins for what talks to registries. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { checkSums, type Publication, toCommands } from '../../../scripts/release/publish.ts'
import { Scratch } from '../../kit/cli.ts'

const FILES = [
  'SHA256SUMS',
  'swoll-1.2.3-image-amd64.tar',
  'swoll-1.2.3-image-arm64.tar',
  'swoll-1.2.3.tgz',
  'swoll_1.2.3_amd64.deb',
]
const publication: Publication = {
  tag: 'v1.2.3',
  registry: 'ghcr.io/x',
  folder: 'r',
  files: FILES,
  version: '1.2.3',
}
const lines = (of: Publication) => toCommands(of).map(({ program, args }) => [program, ...args].join(' '))

const commands = suite('toCommands')
commands('signs in, then pushes one image for all architectures, the chart, and the release last', () => {
  assert.equal(lines(publication), [
    'buildah login --username USER --password-stdin ghcr.io',
    'helm registry login --username USER --password-stdin ghcr.io',
    'buildah manifest create ghcr.io/x/swoll:1.2.3',
    'buildah manifest add ghcr.io/x/swoll:1.2.3 oci-archive:r/swoll-1.2.3-image-amd64.tar',
    'buildah manifest add ghcr.io/x/swoll:1.2.3 oci-archive:r/swoll-1.2.3-image-arm64.tar',
    'buildah manifest push --all ghcr.io/x/swoll:1.2.3 docker://ghcr.io/x/swoll:1.2.3',
    'helm push r/swoll-1.2.3.tgz oci://ghcr.io/x/charts',
    'gh release create v1.2.3 --verify-tag --generate-notes r/SHA256SUMS r/swoll-1.2.3.tgz r/swoll_1.2.3_amd64.deb',
  ])
})
commands('calls a preview one', () => {
  const files = FILES.map(name => name.replace('1.2.3', '1.2.3-rc.1'))
  assert.match(
    lines({ ...publication, tag: 'v1.2.3-rc.1', version: '1.2.3-rc.1', files }).at(-1)!,
    ' --prerelease ',
  )
})
for (const [name, difference, message] of [
  [
    'a tag of another version',
    { tag: 'v1.2.4' },
    /^--tag: must be v1\.2\.3, as package\.json says, got v1\.2\.4; change/,
  ],
  [
    'a folder without images',
    { files: ['swoll-1.2.3.tgz'] },
    /^r: must hold images and one chart, got swoll-1\.2\.3\.tgz; build/,
  ],
  ['an empty folder', { files: [] }, /got nothing/],
] as const)
  commands(`refuses ${name}`, () =>
    assert.throws(() => toCommands({ ...publication, ...difference }), message),
  )
commands.run()

/** A folder with the files, and their checksums. */
function fill(scratch: Scratch, files: readonly string[]): void {
  const sums = files.map(name => {
    writeFileSync(join(scratch.path, name), name)
    return `${createHash('sha256').update(name).digest('hex')}  ${name}\n`
  })
  writeFileSync(join(scratch.path, 'SHA256SUMS'), sums.join(''))
}

const sums = suite('checkSums')
sums('accepts what was built, and names a file that is another', () => {
  using scratch = new Scratch()
  fill(scratch, ['a', 'b'])
  checkSums(scratch.path)
  writeFileSync(join(scratch.path, 'b'), 'changed')
  assert.throws(
    () => checkSums(scratch.path),
    /^b: must have the SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}; build the release again$/,
  )
})
sums.run()

const program = suite('publish.ts')
program(
  'gives the token to those who sign in, on standard input alone, and stops at the first failure',
  () => {
    using scratch = new Scratch()
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    const files = FILES.slice(1).map(name => name.replace('1.2.3', version))
    fill(scratch, files)
    const calls = join(scratch.path, 'calls')
    for (const [name, status] of [
      ['buildah', 0],
      ['helm', 0],
      ['gh', 3],
    ] as const)
      writeFileSync(
        join(scratch.path, name),
        `#!/bin/sh\ncase "$*" in *login*) read -r token; echo "token $token" >>${calls};; esac\necho "${name} $*" >>${calls}\nexit ${status}\n`,
        { mode: 0o755 },
      )
    const env = {
      ...process.env,
      PATH: `${scratch.path}:${process.env.PATH}`,
      GH_TOKEN: 'secret',
      GITHUB_ACTOR: 'ann',
    }
    const args = [
      'scripts/release/publish.ts',
      '--tag',
      `v${version}`,
      '--registry',
      'ghcr.io/x',
      '--from',
      scratch.path,
    ]
    const run = spawnSync(process.execPath, args, { encoding: 'utf8', env })
    assert.is.not(run.status, 0)
    assert.not.match(run.stdout, 'secret')
    const called = readFileSync(calls, 'utf8').trimEnd().split('\n')
    assert.equal(called.slice(0, 2), [
      'token secret',
      'buildah login --username ann --password-stdin ghcr.io',
    ])
    assert.match(called.at(-1)!, /^gh release create /)
    assert.is(spawnSync(process.execPath, [...args, '--dry-run'], { encoding: 'utf8', env }).status, 0)
    assert.is(
      readFileSync(calls, 'utf8').trimEnd().split('\n').length,
      called.length,
      'a dry run calls nothing',
    )
  },
)
program.run()

interface Workflow {
  readonly jobs: { readonly release: { readonly steps: readonly { readonly run?: string }[] } }
}

const workflow = suite('the workflow')
workflow('has no logic of its own: its steps call scripts that are here', () => {
  const { jobs }: Workflow = parse(readFileSync('.github/workflows/release.yml', 'utf8'))
  const runs = jobs.release.steps.flatMap(({ run }) => (run === undefined ? [] : [run]))
  const scripts = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).scripts)
  assert.ok(runs.length > 0)
  for (const run of runs) {
    assert.not.match(run, /[;|\n]|&&|\bif\b/, run)
    const [, script] = /^npm run (\S+)/.exec(run) ?? []
    if (script !== undefined) assert.ok(scripts.includes(script), run)
    for (const [path] of run.matchAll(/scripts\/\S+/g)) readFileSync(path)
  }
})
workflow.run()
