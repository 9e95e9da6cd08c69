/** The image: built from deploy/Dockerfile, and run by runc with no more than the chart gives it, as root and as another user. */
// Takes minutes.
// Shares: pods.
import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseSamples } from '../exporters/prometheus/parse-text.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../kit/skip.ts'
import { NO_CAPABILITIES, readThreads } from '../kit/threads.ts'
import { BuiltImage, lacksImageBuild } from './kit/dockerfile.ts'
import { waitFor } from './kit/kubernetes/wait.ts'
import { runContainer } from './kit/runc.ts'

requireAll(lacksRoot(), lacksBpf(), lacksCommand('runc'), lacksCommand('cc'), lacksImageBuild())

const CALLS = 10_007
const CONFIG = `
receivers: {ebpf: {collection_interval: 200ms}}
exporters: {prometheus: {endpoint: '127.0.0.1:0'}}
service:
  pipelines: {metrics: {receivers: [ebpf], exporters: [prometheus]}}
  telemetry: {metrics: {level: none}}
`

/** A bundle for runc: the image's root, read-only, with two capabilities and no way to more. */
function writeBundle(folder: string, image: BuiltImage, uid: number, args: readonly string[]): void {
  const both = ['CAP_BPF', 'CAP_PERFMON']
  const readOnly = ['ro', 'nosuid', 'nodev', 'noexec']
  const config = {
    ociVersion: '1.0.2',
    root: { path: image.root, readonly: true },
    process: {
      cwd: '/',
      args: [...image.config.Entrypoint, ...args],
      env: image.config.Env,
      user: { uid, gid: uid },
      terminal: false,
      noNewPrivileges: true,
      // Ambient: as Podman does for users that are not root, and Kubernetes does not.
      capabilities: {
        bounding: both,
        effective: both,
        permitted: both,
        inheritable: both,
        ambient: uid === 0 ? [] : both,
      },
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', ...readOnly] },
      { destination: '/tmp', type: 'bind', source: join(folder, 'config'), options: ['bind', ...readOnly] },
    ],
    linux: {
      cgroupsPath: `/swoll-image-${process.pid}`,
      namespaces: ['pid', 'ipc', 'uts', 'mount'].map(type => ({ type })),
    },
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
}

/** Starts the image's program in a container. Ends with it. */
function startContainer(folder: string, image: BuiltImage, uid: number): RunningCli {
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'config'))
  writeFileSync(join(folder, 'config/agent.yaml'), CONFIG)
  writeBundle(folder, image, uid, ['collector', '--config', '/tmp/agent.yaml'])
  const script = 'exec runc --root "$0/state" run --bundle "$0" agent' // what follows is not for it
  return new RunningCli([], ['sh', '-c', script, folder])
}

/** Runs a container that makes calls; gives what the agent at `url` counts of it: `err count`. */
async function countVisit(folder: string, url: string): Promise<string[]> {
  const program = join(folder, 'visitor')
  execFileSync('cc', ['-static', '-O2', '-o', program, join(import.meta.dirname, 'kit/visitor.c')])
  const podUid = randomUUID()
  const containerId = createHash('sha256').update(podUid).digest('hex')
  assert.is((await runContainer({ program, args: [`${CALLS}`, '50'], containerId, podUid })).exitCode, 0)
  return waitFor('the calls of the container', async () => {
    const samples = [...parseSamples(await (await fetch(url)).text())]
      .filter(([series]) => /^swoll_node_metrics_syscall_count\{.*sys_sched_get_priority_max"/.test(series))
      .filter(([series]) => series.includes(`container_id="${containerId}"`))
    // A collection in the middle of the run has a part of them.
    const isWhole = samples.length === 2 && samples.every(([, count]) => Number(count) >= CALLS)
    return isWhole && samples.map(([series, count]) => `${/err="(\w+)"/.exec(series)![1]} ${count}`).sort()
  })
}

let image: BuiltImage
const build = suite('the image')
build('is built, knows its version, and takes the configurations of the checkout', () => {
  image = new BuiltImage()
  process.once('exit', () => image[Symbol.dispose]())
  const run = (...args: string[]) =>
    execFileSync('chroot', [image.root, ...image.config.Entrypoint, ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    })
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  assert.ok(run('--version').startsWith(`swoll version ${version} (commit `))
  run('validate', '--config', '/opt/swoll/dist/otel-config/presets/agent.yaml')
})
for (const [name, uid] of [
  ['root', 0],
  ['another user', 65534],
] as const)
  build(`counts a container exactly, as ${name}, with no capability left on any thread`, async () => {
    using scratch = new Scratch()
    using swoll = startContainer(scratch.path, image, uid)
    const [, url] = await swoll.logged(/(http:\/\/127\.0\.0\.1:\d+\/metrics)/)
    await swoll.logged(/Everything is ready/)
    assert.equal(await countVisit(scratch.path, url!), [`EINVAL ${CALLS}`, `OK ${CALLS}`])
    const state = execFileSync('runc', ['--root', join(scratch.path, 'state'), 'state', 'agent'], {
      encoding: 'utf8',
    })
    const { pid } = JSON.parse(state) as { readonly pid: number }
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), new RegExp(`^Uid:\\t${uid}\\t`, 'm'))
    for (const { name, effective, permitted } of readThreads(pid))
      assert.equal([effective, permitted], [NO_CAPABILITIES, NO_CAPABILITIES], name)
    swoll.kill('SIGTERM')
    assert.is(await swoll.ended(), 0)
  })
build.run()
