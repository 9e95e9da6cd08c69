/** An agent in a cgroup of 128 MiB that has to count 100,000 series: with a memory limiter it sheds, says so, and lives. */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readCgroupMounts } from '../../pipeline/cgroups/mounts.ts'
import { waitFor } from '../e2e/kit/kubernetes/wait.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { lacksBpf, lacksRoot, requireAll } from '../kit/skip.ts'
import { Cgroup } from './kit/cgroup.ts'
import { runWorkload } from './kit/workload.ts'

const LIMIT_BYTES = 128 * 2 ** 20
const SERIES = 100_000

/** Where cgroups with a memory limit can be made: the v1 hierarchy, or v2 with the controller. */
function findMemory(): { readonly root: string; readonly file: string } | undefined {
  const mounts = readCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'))
  const v1 = mounts.find(({ controllers }) => controllers.includes('memory'))
  if (v1) return { root: v1.mountPoint, file: 'memory.limit_in_bytes' }
  const v2 = mounts.find(({ version }) => version === 2)?.mountPoint
  return v2 && hasController(v2) ? { root: v2, file: 'memory.max' } : undefined
}

/** Enables the controller for the cgroups below, where that is left to be done. */
function hasController(root: string): boolean {
  const list = (file: string) => readFileSync(join(root, file), 'utf8').trim().split(' ')
  if (!list('cgroup.controllers').includes('memory')) return false
  try {
    writeFileSync(join(root, 'cgroup.subtree_control'), '+memory')
  } catch {} // not the root of the hierarchy: others are in this cgroup
  return list('cgroup.subtree_control').includes('memory')
}

const memory = findMemory()
requireAll(
  lacksBpf(),
  lacksRoot(),
  memory ? undefined : 'needs a cgroup hierarchy with the memory controller',
)

/** A cgroup that may use 128 MiB, without swap. */
class LimitedCgroup implements AsyncDisposable {
  readonly path = join(memory!.root, `swoll-test-memory-${process.pid}`)

  constructor() {
    mkdirSync(this.path)
    writeFileSync(join(this.path, memory!.file), String(LIMIT_BYTES))
  }

  /** Turns into its arguments, in this cgroup. */
  get wrapper(): string[] {
    return ['sh', '-c', `echo $$ >${this.path}/cgroup.procs && exec "$@"`, 'sh']
  }

  get kills(): number {
    const file = memory!.file === 'memory.max' ? 'memory.events' : 'memory.oom_control'
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(this.path, file), 'utf8'))?.[1])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await waitFor(
      'the cgroup to be empty',
      async () => readFileSync(join(this.path, 'cgroup.procs'), 'utf8') === '',
    )
    rmdirSync(this.path)
  }
}

const CONFIG = JSON.stringify({
  receivers: { ebpf: { collection_interval: '1s', max_series_per_resource: 200_000 } },
  processors: { memory_limiter: { check_interval: '500ms', limit_percentage: 80 } },
  exporters: { prometheus: { endpoint: '127.0.0.1:0' } },
  service: {
    pipelines: {
      metrics: { receivers: ['ebpf'], processors: ['memory_limiter'], exporters: ['prometheus'] },
    },
    telemetry: {
      metrics: {
        readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: 0 } } } }],
      },
    },
  },
})

/** The value of a metric at this address, 0 if there is none. */
async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(url)).text()
  return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)`, 'm').exec(text)?.[1] ?? 0)
}

const s = suite('an agent with 128 MiB and 100,000 series')
s('sheds, says so, is scraped, and ends in order', async () => {
  await using limited = new LimitedCgroup()
  using scratch = new Scratch()
  await using load = Cgroup.create()
  using swoll = new RunningCli(
    ['collector', '--config', scratch.write('agent.yaml', CONFIG)],
    limited.wrapper,
  )
  await swoll.logged(/Memory limiter configured .*"limit_mib":102,.*"total_memory_mib":128/)
  await swoll.logged(/Everything is ready/)
  const [, own] = await swoll.logged(/"ownMetrics":\["([^"]+)"/)
  const [, shown] = await swoll.logged(/(http:\/\/127\.0\.0\.1:\d+\/metrics)/)
  await runWorkload(load, 'keys', String(SERIES), '1')
  await swoll.logged(/data refused due to high memory usage/)
  const refused = () => readMetric(own!, 'otelcol_processor_memory_limiter_refused_metric_points')
  await waitFor('all series to be refused', async () => (await refused()) > 3 * SERIES)
  for (let i = 0; i < 3; i++) assert.is((await fetch(shown!)).status, 200)
  swoll.kill('SIGTERM')
  assert.is(await swoll.ended(), 0, swoll.stderr)
  assert.is(limited.kills, 0)
})
s.run()
