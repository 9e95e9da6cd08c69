/** docs/start-kubernetes.md: every command of it, in order, in one shell. `kind` and `docker` are stand-ins, since both need a registry. */
// Takes minutes.
// Has for itself: dist.
// Shares: pods.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildImage } from '../../../scripts/release/image.ts'
import { HOST } from '../../../scripts/release/target.ts'
import { Scratch } from '../../kit/cli.ts'
import { lacksBpf, lacksCommand, lacksFile, requireAll } from '../../kit/skip.ts'
import { lacksImageBuild } from '../kit/dockerfile.ts'
import { kubectl } from '../kit/kubernetes/kubectl.ts'
import { lacksNode } from '../kit/kubernetes/node.ts'
import { withNode } from '../kit/kubernetes/with-cluster.ts'
import { commandsOf, makePrograms, type } from '../kit/page.ts'
import { buildahIn, closeStore, importBase } from '../kit/release.ts'

const ROOT = join(import.meta.dirname, '../../..')
const PAGE = 'docs/start-kubernetes.md'
requireAll(
  lacksBpf(),
  lacksFile(join(ROOT, 'native/build/swoll.node')),
  lacksCommand('curl'),
  lacksCommand('bash'),
)
requireAll(lacksNode(), lacksImageBuild(), kubectl.lacks())

/** The commands by which the page makes the cluster and the image, in order. */
const STAND_INS = [
  'kind create cluster',
  'docker build --file deploy/Dockerfile --tag swoll:dev .',
  'kind load docker-image swoll:dev',
  'kind delete cluster',
]

/** The image of a release under the page's name, as an archive. test/e2e/image.test.ts builds the one of deploy/Dockerfile. */
function makeImage(folder: string): string {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], { stdio: 'ignore' })
  const buildah = buildahIn(folder)
  try {
    const built = buildImage(folder, HOST, { base: importBase(buildah, HOST.architecture), buildah })
    const archive = join(folder, 'swoll.tar')
    const image = execFileSync('buildah', [...buildah, 'pull', '--quiet', `oci-archive:${built}`], {
      encoding: 'utf8',
    })
    const to = `docker-archive:${archive}:docker.io/library/swoll:dev`
    execFileSync('buildah', [...buildah, 'push', '--quiet', image.trim(), to], { stdio: 'pipe' })
    return archive
  } finally {
    closeStore(folder)
  }
}

/** A folder for PATH: the real kubectl and helm; and stand-ins that write down how they were called. */
function makeAllPrograms(folder: string): void {
  const path = makePrograms(folder)
  for (const name of ['kind', 'docker'])
    writeFileSync(join(path, name), `#!/bin/sh\necho "${name} $*" >>"$CALLS"\n`, { mode: 0o755 })
}

const s = suite('the page of first steps on Kubernetes')
s('works as it is written', () =>
  withNode(async (cluster, node) => {
    using scratch = new Scratch()
    node.importArchive(makeImage(scratch.path))
    makeAllPrograms(scratch.path)
    const output = await type(commandsOf(PAGE), {
      folder: scratch.path,
      kubeconfig: cluster.kubeconfig(),
      options: '-exo pipefail',
      env: { CALLS: join(scratch.path, 'calls') },
    })
    assert.match(output, /^swoll_node_metrics_syscall_count\{.*pod="web".*sys_openat".* \d+$/m)
    // In the agent's container; the plugin's lines have pods in front.
    assert.is([...output.matchAll(/\bopenat\(/gm)].length, 10, output)
    assert.match(output, /^\{.*"rows":\[\{.*"pod":"web"/m)
    assert.match(output, /^web +[a-z]\w+ +\S/m)
    assert.equal(readFileSync(join(scratch.path, 'calls'), 'utf8').trimEnd().split('\n'), STAND_INS)
  }),
)
s.run()
