/**
 * Two agents on hosts of different names, into one Collector with its prometheus exporter, one Prometheus through its OTLP receiver, and
 * a file each. What the files have is what both must have: every series by itself, with its own value.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseSamples } from '../exporters/prometheus/parse-text.ts'
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { runWorkload } from '../kernel/kit/workload.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import type { JsonAttribute, OtlpJson } from '../kit/otlp-collector.ts'
import { lacksOtlpPrometheus, type OtlpPrometheus, startOtlpPrometheus } from '../kit/otlp-prometheus.ts'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../kit/skip.ts'
import { waitFor } from './kit/kubernetes/wait.ts'

requireAll(lacksRoot(), lacksBpf(), lacksCommand('unshare'), lacksOtlpPrometheus())

/** A configuration with so few series that all resources and single ones overflow. */
const toConfig = (port: number, file: string) => `
receivers: {ebpf: {collection_interval: 1s}}
processors: {cardinality_limit: {limit: 25, limit_per_resource: 20}}
exporters:
  otlp_grpc: {endpoint: '127.0.0.1:${port}', tls: {insecure: true}}
  file: {path: ${file}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {metrics: {receivers: [ebpf], processors: [cardinality_limit], exporters: [otlp_grpc, file]}}
`

const CALLS = 'swoll_syscall_calls_total'

/** An agent on a host of that name. */
const startOn = (host: string, configPath: string): RunningCli =>
  new RunningCli(
    ['collector', '--config', configPath],
    ['unshare', '--uts', 'sh', '-c', 'hostname "$0"; exec "$@"', host],
  )

type Labels = Readonly<Record<string, string>>

const toKey = (labels: Labels): string =>
  Object.keys(labels)
    .sort()
    .map(name => `${name}="${labels[name]}"`)
    .join()

const toLabels = (attributes: readonly JsonAttribute[] = []): Labels =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key.replaceAll('.', '_'),
      value.stringValue ?? String(value.boolValue ?? value.intValue),
    ]),
  )

/** Returns `job` and `instance` by OpenTelemetry's rules for Prometheus. */
function toTarget(resource: Labels): Labels {
  const { service_namespace: namespace, service_name: name, service_instance_id: instance } = resource
  return { job: namespace === undefined ? name! : `${namespace}/${name}`, instance: instance! }
}

interface Last {
  readonly resource: string
  readonly calls: number
}

/** Returns the last point of each living series of calls, by its labels in Prometheus. Throws if two resources have equal labels. */
function readFile(path: string): Map<string, Last> {
  const last = new Map<string, Last>()
  for (const line of readFileSync(path, 'utf8').split('\n').slice(0, -1))
    for (const { resource, scopeMetrics } of (JSON.parse(line) as OtlpJson).resourceMetrics) {
      const known = toLabels(resource.attributes)
      for (const { name, sum } of scopeMetrics.flatMap(scope => scope.metrics))
        for (const point of name === 'swoll.syscall.calls' ? sum!.dataPoints : []) {
          const key = toKey({ ...toTarget(known), ...toLabels(point.attributes) })
          const before = last.get(key)
          assert.ok(!before || before.resource === toKey(known), `${before?.resource} and ${toKey(known)}`)
          if (((point.flags ?? 0) & 1) === 1) last.delete(key)
          else last.set(key, { resource: toKey(known), calls: Number(point.asInt) })
        }
    }
  return last
}

/** Calls by what tells series apart, without what is the scope's. */
const withoutScope = ([labels, value]: readonly [Labels, number]): [string, number] => {
  const kept = Object.entries(labels).filter(
    ([name]) => name !== '__name__' && !name.startsWith('otel_scope_'),
  )
  return [toKey(Object.fromEntries(kept)), value]
}

const ofPage = (text: string): [string, number][] =>
  [...parseSamples(text)]
    .filter(([series]) => series.startsWith(`${CALLS}{`))
    .map(([series, value]) => {
      const labels = [...series.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, text]) => [name, text])
      return withoutScope([Object.fromEntries(labels) as Labels, Number(value)])
    })

const ofStore = async (ends: OtlpPrometheus): Promise<[string, number][]> =>
  (await ends.stored())
    .filter(({ labels }) => labels.__name__ === CALLS)
    .map(({ labels, value }) => withoutScope([labels, value]))

const sorted = (series: Iterable<readonly [string, number]>): string[] =>
  [...series].map(([key, value]) => `${key} ${value}`).sort()

/** Collections in a file. */
function countLines(path: string): number {
  try {
    return readFileSync(path, 'utf8').split('\n').length - 1
  } catch {
    return 0
  }
}

const s = suite('two nodes')
s('are two at a Collector, in Prometheus and in files, with all series apart and right', async () => {
  await using ends = await startOtlpPrometheus()
  await using first = Cgroup.create()
  await using second = Cgroup.create()
  const cgroups = [first, second]
  using scratch = new Scratch()
  const hosts = ['node-a', 'node-b']
  const files = hosts.map(host => join(scratch.path, `${host}.jsonl`))
  const agents = hosts.map((host, i) =>
    startOn(host, scratch.write(`${host}.yaml`, toConfig(ends.port, files[i]!))),
  )
  try {
    for (const agent of agents) await agent.logged(/Everything is ready/)
    for (const cgroup of cgroups) await runWorkload(cgroup, 'fork-storm', '20')
    const collected = files.map(countLines)
    await waitFor('two collections', async () =>
      files.every((path, i) => countLines(path) > collected[i]! + 2),
    )
    for (const agent of agents) agent.kill('SIGTERM')
    for (const agent of agents) assert.is(await agent.ended(), 0, agent.stderr)
  } finally {
    for (const agent of agents) agent[Symbol.dispose]()
  }
  const [a, b] = files.map(readFile) as [Map<string, Last>, Map<string, Last>]
  assert.equal(
    [...a.keys()].filter(key => b.has(key)),
    [],
    'no series is of both',
  )
  const want = sorted([...a, ...b].map(([key, { calls }]) => [key, calls] as const))
  for (const job of ['swoll/overflow', '/'])
    for (const host of hosts)
      assert.ok(
        want.some(key => key.includes(`instance="${host}",job="${job}"`)),
        `${job} of ${host}`,
      )
  await waitFor('all to have arrived', async () => (await ofStore(ends)).length >= want.length)
  assert.equal(sorted(await ofStore(ends)), want, 'Prometheus')
  assert.equal(sorted(ofPage(await ends.page())), want, 'the Collector')
})
s('go on as the same series when an agent is started again', async () => {
  using scratch = new Scratch()
  const instances: string[] = []
  for (const run of ['first', 'second']) {
    const path = join(scratch.path, `${run}.jsonl`)
    using agent = startOn('node-a', scratch.write(`${run}.yaml`, toConfig(1, path)))
    await agent.logged(/Everything is ready/)
    await waitFor('a collection', async () => countLines(path) >= 1)
    const resources = [...readFile(path).values()].map(({ resource }) => resource)
    instances.push(resources.find(resource => resource.includes('process_linux_cgroup="/"'))!)
  }
  assert.match(instances[0]!, /service_instance_id="node-a"/)
  assert.is(instances[0], instances[1])
})
s.run()
