/** Reload of a running agent that traces: with real programs, of a running workload each call is sent once, whatever the instances hand over. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { waitFor } from '../../e2e/kit/kubernetes/wait.ts'
import { RunningCli, Scratch } from '../../kit/cli.ts'
import { lacksBpf, lacksRoot, requireAll } from '../../kit/skip.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { Workload } from '../kit/workload.ts'

requireAll(lacksBpf(), lacksRoot())

const CALLS = 3001
const RELOADS = 10

const toConfig = (file: string, rateLimit: number) =>
  JSON.stringify({
    receivers: { ebpf: { trace: { from: 'host', syscalls: ['getppid'], rate_limit: rateLimit } } },
    exporters: { file: { path: file } },
    service: {
      pipelines: { logs: { receivers: ['ebpf'], exporters: ['file'] } },
      telemetry: { metrics: { level: 'none' } },
    },
  })

/** Returns the times at which the calls of the process began. */
function startsOf(file: string, pid: number): string[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.flatMap(line => {
    const { resourceLogs = [] } = JSON.parse(line || '{}')
    const records = resourceLogs.flatMap(({ scopeLogs }: { scopeLogs: { logRecords: LogRecord[] }[] }) =>
      scopeLogs.flatMap(({ logRecords }) => logRecords),
    ) as LogRecord[]
    const isOurs = ({ attributes }: LogRecord) =>
      attributes.some(({ key, value }) => key === 'process.pid' && Number(value.intValue) === pid)
    return records.filter(isOurs).map(({ timeUnixNano }) => timeUnixNano)
  })
}

interface LogRecord {
  readonly timeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: { readonly intValue?: string } }[]
}

const s = suite('SIGHUP of an agent that traces')
s('sends each call once, though it gave up its capabilities', async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  const file = join(scratch.path, 'calls.jsonl')
  const path = scratch.write('agent.yaml', toConfig(file, 10_000_000))
  using swoll = new RunningCli(['collector', '--config', path])
  await swoll.logged(/Everything is ready/)
  const workload = Workload.start(cgroup, 'paced', String(CALLS), '1')
  await workload.ready()
  const pid = Number(readFileSync(join(cgroup.path, 'cgroup.procs'), 'utf8').trim())
  const ended = workload.end()
  for (let n = 1; n <= RELOADS; n++) {
    scratch.write('agent.yaml', toConfig(file, 10_000_000 + n))
    const at = swoll.stderr.length
    swoll.kill('SIGHUP')
    await waitFor('the answer', async () =>
      /The configuration is (not )?applied.*\n/.test(swoll.stderr.slice(at)),
    )
    assert.match(swoll.stderr.slice(at), /The configuration is applied .*"replaced":\["receivers::ebpf"\]/)
    await delay(100)
  }
  await ended
  await delay(300)
  swoll.kill('SIGTERM')
  assert.is(await swoll.ended(), 0, swoll.stderr)
  const starts = startsOf(file, pid)
  assert.is(new Set(starts).size, starts.length, 'no call twice')
  assert.is(starts.length, CALLS)
})
s.run()
