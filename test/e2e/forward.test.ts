/** The agent with pipelines that `forward` joins, also when it comes and goes while the agent runs. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { scrapedCalls } from '../kernel/kit/scraped-calls.ts'
import { runWorkload } from '../kernel/kit/workload.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { lacksBpf, lacksRoot, requireAll } from '../kit/skip.ts'
import { waitFor } from './kit/kubernetes/wait.ts'

requireAll(lacksBpf(), lacksRoot())

const CALLS = 10_007

const toConfig = (pipelines: object) =>
  JSON.stringify({
    receivers: { ebpf: { collection_interval: '200ms' } },
    processors: { syscall: {}, cardinality_limit: {} },
    connectors: { forward: {}, 'forward/next': {} },
    exporters: { prometheus: { endpoint: '127.0.0.1:0' }, debug: { verbosity: 'basic' } },
    service: { pipelines, telemetry: { metrics: { level: 'none' } } },
  })

const DIRECT = { metrics: { receivers: ['ebpf'], processors: ['syscall'], exporters: ['prometheus'] } }
const CHAIN = {
  metrics: { receivers: ['ebpf'], processors: ['syscall'], exporters: ['forward', 'debug'] },
  'metrics/b': { receivers: ['forward'], exporters: ['forward/next', 'debug'] },
  'metrics/c': { receivers: ['forward/next'], processors: ['cardinality_limit'], exporters: ['prometheus'] },
}

const s = suite('forward')
s('brings every call to Prometheus once, through a chain that comes and goes', async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  const path = scratch.write('agent.yaml', toConfig(CHAIN))
  using swoll = new RunningCli(['collector', '--config', path])
  const [, url] = await swoll.logged(/(http:\/\/127\.0\.0\.1:\d+\/metrics)/)
  await swoll.logged(/Everything is ready/)
  let made = 0
  let answers = 0
  for (const next of [DIRECT, CHAIN, undefined]) {
    const { expected } = await runWorkload(cgroup, 'threads', '2', String(CALLS))
    made += expected.find(({ syscall }) => syscall === 'getppid')!.calls
    await waitFor(`${made} calls`, async () => (await scrapedCalls(url!, cgroup.name)) === made)
    if (!next) break
    scratch.write('agent.yaml', toConfig(next))
    swoll.kill('SIGHUP')
    answers++
    const isAnswered = async () => swoll.stderr.split('The configuration is applied').length === answers + 1
    await waitFor('the answer', isAnswered)
  }
  swoll.kill('SIGTERM')
  assert.is(await swoll.ended(), 0, swoll.stderr)
})
s.run()
