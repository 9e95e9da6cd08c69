/** Traced calls as log records in a real store of logs, behind a real OpenTelemetry Collector: queried as a user would. */
// Shares: pods.
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunningCli, Scratch } from '../kit/cli.ts'
import type { SpanRecord } from '../kit/events.ts'
import { decodeJsonRequest } from '../kit/otlp.ts'
import { lacksOtlpCollector, type OtlpCollector, startOtlpCollector } from '../kit/otlp-collector.ts'
import { type decodeTraces, toOtlpSpanRecords } from '../kit/otlp-events.ts'
import { lacksBpf, lacksCommand, lacksFile, lacksRoot, requireAll } from '../kit/skip.ts'
import { waitFor } from './kit/kubernetes/wait.ts'
import { lacksVictoriaLogs, startVictoriaLogs } from './kit/victoria-logs.ts'
import { runWorkloadPod, type WorkloadPod } from './kit/workload-pod.ts'

requireAll(
  lacksRoot(),
  lacksBpf(),
  lacksCommand('runc'),
  lacksFile(join(import.meta.dirname, '../../native/build/swoll.node')),
  lacksOtlpCollector(),
  lacksVictoriaLogs(),
)

const PROCESSES = 211
const CALLS = 10_007
/** The numbers of test/kernel/workloads/mixed.c. */
const [FAILING, SLEEPS, OTHERS, OTHER_USER] = [211, 7, 307, 12_345]

const toConfig = (port: number) => `
receivers:
  ebpf:
    trace:
      syscalls: [fork, clone, clone3, getppid, wait4, getpgid, nanosleep, setuid]
      rate_limit: 0
exporters: {otlp_grpc: {endpoint: 'http://127.0.0.1:${port}'}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    logs: {receivers: [ebpf], exporters: [otlp_grpc]}
    traces: {receivers: [ebpf], exporters: [otlp_grpc]}
`

function receivedSpans(collector: OtlpCollector): SpanRecord[] {
  const lines = collector.lines().filter(line => line.startsWith('{"resourceSpans"'))
  const requests = lines.map(line => decodeJsonRequest('traces', line) as ReturnType<typeof decodeTraces>)
  return requests.flatMap(toOtlpSpanRecords)
}

const stored = suite('logs in a store behind a Collector')
stored('are all there, and found by what a user knows of a pod, a process or a call', async () => {
  await using store = await startVictoriaLogs()
  await using collector = await startOtlpCollector({ logsTo: store.otlpUrl })
  using scratch = new Scratch()
  const config = scratch.write('agent.yaml', toConfig(collector.port))
  using swoll = new RunningCli(['collector', '--config', config])
  await swoll.logged(/Everything is ready/)
  const storm = await runWorkloadPod('fork-storm', `${PROCESSES}`)
  const mixed = await runWorkloadPod('mixed', `${CALLS}`)
  swoll.kill('SIGTERM')
  assert.is(await swoll.ended(), 0)

  for (const [{ containerId, made }, names] of [
    [storm, 'fork-storm'],
    [mixed, 'mixed, other'],
  ] as const) {
    const calls = Object.keys(made).map(call => call.split(' ')[0])
    const filter = `container.id:="${containerId}" thread.name:in(${names}) syscall.name:in(${calls})`
    await store.shows(filter, ['syscall.name', 'error.type'], made)
  }

  const uid = (pod: WorkloadPod) => `k8s.pod.uid:="${pod.uid}"`
  for (const [filter, n] of [
    [`${uid(mixed)} error.type:=ESRCH`, FAILING],
    [`${uid(mixed)} "No such process" thread.name:=mixed`, FAILING],
    [`${uid(mixed)} syscall.return_value:<0 thread.name:=mixed`, FAILING],
    [`${uid(mixed)} process.real_user.id:=${OTHER_USER} syscall.name:=getppid`, OTHERS],
    [`${uid(mixed)} thread.name:=other syscall.name:=getppid`, OTHERS],
    [`${uid(mixed)} syscall.name:=nanosleep syscall.duration_ns:>=20000000`, SLEEPS],
    [`${uid(mixed)} syscall.name:=getpgid severity_text:=INFO event_name:=swoll.syscall`, FAILING],
    [`${uid(storm)} process.vpid:=1 thread.name:=fork-storm error.type:*`, 1],
    [`${uid(storm)} syscall.group:=Execution syscall.name:=fork`, storm.made.fork!],
    ['event_name:="swoll.gap"', 0],
  ] as const)
    await store.shows(filter, [], { '': n })

  const record = await waitFor(
    'a record',
    async () => (await store.query(`${uid(storm)} error.type:=ECHILD`))[0],
  )
  const span = receivedSpans(collector).find(({ spanId }) => spanId === record.span_id)!
  assert.is(span.traceId, record.trace_id, 'a record leads to its span')
  assert.is(span.name, 'wait4')
  assert.is(`${span.end - span.start}`, record['syscall.duration_ns'])
  assert.is(record._msg, 'wait4(-1, NULL, 0, NULL) = -1 ECHILD (No child processes)')
})
stored.run()
