import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Environment, toProvenance } from '../../../scripts/release/provenance.ts'
import { Scratch } from '../../kit/cli.ts'

const GITHUB: Environment = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'x/swoll',
  GITHUB_REF: 'refs/tags/v1.2.3',
  GITHUB_RUN_ID: '7',
  GITHUB_RUN_ATTEMPT: '2',
}
const TIMES = { startedOn: '2026-01-01T00:00:00.000Z', finishedOn: '2026-01-01T00:01:00.000Z' }

interface Statement {
  readonly _type: string
  readonly predicateType: string
  readonly subject: readonly unknown[]
  readonly predicate: {
    readonly buildDefinition: { readonly resolvedDependencies: readonly unknown[] }
    readonly runDetails: { readonly builder: { readonly id: string }; readonly metadata: object }
  }
}

function make(env: Environment): Statement {
  using scratch = new Scratch()
  const files = [scratch.write('a.deb', 'a')]
  return toProvenance({ files, commit: 'c'.repeat(40), env, ...TIMES }) as Statement
}

const s = suite('toProvenance')
s('is an in-toto statement about the files, with SLSA provenance', () => {
  const { _type, predicateType, subject } = make(GITHUB)
  assert.is(_type, 'https://in-toto.io/Statement/v1')
  assert.is(predicateType, 'https://slsa.dev/provenance/v1')
  assert.equal(subject, [
    { name: 'a.deb', digest: { sha256: createHash('sha256').update('a').digest('hex') } },
  ])
})
for (const [name, env, builder, source, invocation] of [
  [
    'a run of the workflow',
    GITHUB,
    'https://github.com/x/swoll/.github/workflows/release.yml@refs/tags/v1.2.3',
    'git+https://github.com/x/swoll@refs/tags/v1.2.3',
    'https://github.com/x/swoll/actions/runs/7/attempts/2',
  ],
  ['somebody at home', {}, 'local', 'git+file:.', 'local'],
] as const)
  s(`names ${name} as the builder, and the commit`, () => {
    const { buildDefinition, runDetails } = make(env).predicate
    assert.is(runDetails.builder.id, builder)
    assert.equal(buildDefinition.resolvedDependencies, [
      { uri: source, digest: { gitCommit: 'c'.repeat(40) } },
    ])
    assert.equal(runDetails.metadata, { invocationId: invocation, ...TIMES })
  })
s.run()
