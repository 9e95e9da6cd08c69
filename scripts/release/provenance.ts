/**
 * The provenance of a release (files, sources, builder): an in-toto statement (v1) with SLSA's provenance (v1) as its predicate. It is not signed
 * here; the workflow has GitHub attest it.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

/** The environment that GitHub gives a workflow; without it the builder is whoever ran the script. */
export type Environment = Readonly<Record<string, string | undefined>>

interface Provenance {
  readonly files: readonly string[]
  readonly commit: string
  readonly env: Environment
  readonly startedOn: string
  readonly finishedOn: string
}

/** The statement about the files. */
export function toProvenance({ files, commit, env, startedOn, finishedOn }: Provenance): object {
  const repository = env.GITHUB_REPOSITORY && `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}`
  const run =
    repository && `${repository}/actions/runs/${env.GITHUB_RUN_ID}/attempts/${env.GITHUB_RUN_ATTEMPT}`
  const source = repository ? `git+${repository}@${env.GITHUB_REF}` : 'git+file:.'
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(path => ({ name: basename(path), digest: { sha256: sha256(path) } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
        externalParameters: {
          workflow: {
            ref: env.GITHUB_REF ?? 'local',
            repository: repository ?? 'local',
            path: '.github/workflows/release.yml',
          },
        },
        resolvedDependencies: [{ uri: source, digest: { gitCommit: commit } }],
      },
      runDetails: {
        builder: {
          id: repository ? `${repository}/.github/workflows/release.yml@${env.GITHUB_REF}` : 'local',
        },
        metadata: { invocationId: run ?? 'local', startedOn, finishedOn },
      },
    },
  }
}

/** Returns the hash of a file's content, in hexadecimal. */
export function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
