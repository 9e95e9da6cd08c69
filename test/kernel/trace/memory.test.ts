/** Memory of an agent that traces more calls than it can make log records of: bounded, with every call that is missing counted. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { waitFor } from '../../e2e/kit/kubernetes/wait.ts'
import { RunningCli, Scratch } from '../../kit/cli.ts'
import { freePort } from '../../kit/free-port.ts'
import { lacksBpf, lacksRoot, requireAll } from '../../kit/skip.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { Workload } from '../kit/workload.ts'

requireAll(lacksBpf(), lacksRoot())

const CALLS = 4_000_000
const MOST_MIB = 250

const toConfig = (port: number) =>
  JSON.stringify({
    receivers: { ebpf: { trace: { from: 'host', syscalls: ['getppid'], rate_limit: 0 } } },
    exporters: { file: { path: '/dev/null' } },
    service: {
      pipelines: { logs: { receivers: ['ebpf'], exporters: ['file'] } },
      telemetry: {
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port } } } }] },
      },
    },
  })

/** The sum of a metric of the agent's own over all its labels. */
async function sumOf(port: number, metric: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const rows = text.split('\n').filter(line => line.startsWith(metric))
  return rows.reduce((sum, row) => sum + Number(row.split(' ').at(-1)), 0)
}

/** Most resident memory there has been. */
function mostMiB(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
}

const s = suite('memory of tracing')
s(`is below ${MOST_MIB} MiB, whatever is traced, and what is lost is counted`, async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  const port = await freePort()
  using swoll = new RunningCli(['collector', '--config', scratch.write('agent.yaml', toConfig(port))])
  await swoll.logged(/Everything is ready/)
  const workload = Workload.start(cgroup, 'paced', String(CALLS), String(CALLS))
  await workload.ready()
  await workload.end()
  const count = async () =>
    (await sumOf(port, 'otelcol_receiver_ebpf_trace_events')) +
    (await sumOf(port, 'otelcol_receiver_ebpf_trace_lost_events'))
  await waitFor(`${CALLS} calls, read or lost`, async () => (await count()) >= CALLS)
  const lost = await sumOf(port, 'otelcol_receiver_ebpf_trace_lost_events')
  const most = mostMiB(swoll.pid)
  process.stdout.write(`${most.toFixed(0)} MiB, ${lost} of ${CALLS} calls lost\n`)
  assert.ok(most < MOST_MIB, `${most} MiB`)
  assert.ok(lost < CALLS, 'some are read')
  swoll.kill('SIGTERM')
  assert.is(await swoll.ended(), 0, swoll.stderr)
})
s.run()
