/** The agent's own metrics beside those of a real Collector that does the same: names, types, labels, and values where both must be right. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseSamples } from '../exporters/prometheus/parse-text.ts'
import { RunningCli } from '../kit/cli.ts'
import { freePort } from '../kit/free-port.ts'
import { lacksOtlpCollector, type OtlpCollector, startOtlpCollector } from '../kit/otlp-collector.ts'
import { lacksBpf, lacksRoot, requireAll } from '../kit/skip.ts'
import { waitFor } from './kit/kubernetes/wait.ts'

requireAll(lacksRoot(), lacksBpf(), lacksOtlpCollector())

/** What of the Collector's own metrics the agent has not, with the reason. */
const WITHOUT: Readonly<Record<string, string>> = {
  otelcol_process_runtime_total_alloc_bytes: 'V8 does not say what was allocated since the start',
  otelcol_exporter_enqueue_size: 'requests are measured in the batch processor alone',
  otelcol_exporter_enqueue_size_bytes: 'the same',
}
/** Labels that only the Collector's series have. */
const WITHOUT_LABEL: Readonly<Record<string, string>> = { transport: 'data comes from no network' }

const toConfig = (port: number, httpPort: number) =>
  `yaml:${JSON.stringify({
    receivers: { ebpf: { collection_interval: '1s' } },
    processors: { batch: {} },
    exporters: { otlp_http: { endpoint: `http://127.0.0.1:${httpPort}` }, debug: {} },
    service: {
      telemetry: {
        metrics: {
          level: 'detailed',
          readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port } } } }],
        },
      },
      pipelines: {
        metrics: { receivers: ['ebpf'], processors: ['batch'], exporters: ['otlp_http', 'debug'] },
      },
    },
  })}`

interface Family {
  readonly type: string
  readonly labels: ReadonlySet<string>
}

/** The families of a text by name. */
function familiesOf(text: string): Map<string, Family> {
  const types = [...text.matchAll(/^# TYPE (otelcol_\w+) (\w+)$/gm)].map(([, name, type]) => [name!, type!])
  return new Map(
    types.map(([name, type]) => {
      const series = [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(\\{.*)? `, 'gm'))]
      const labels = series.flatMap(([, all = '']) => [...all.matchAll(/(\w+)="/g)].map(match => match[1]!))
      return [name!, { type: type!, labels: new Set(labels.filter(label => label !== 'le')) }]
    }),
  )
}

const textOf = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
const numberOf = (text: string, series: string) => Number(new Map(parseSamples(text)).get(series))

const SENT = 'otelcol_exporter_sent_metric_points{exporter="otlp_http"}'
const RECEIVED = 'otelcol_receiver_accepted_metric_points{receiver="otlp",transport="http"}'

/** The own metrics of both, once the Collector has what the agent sent. */
async function readBoth(collector: OtlpCollector, ownPort: number): Promise<[agent: string, theirs: string]> {
  const port = await freePort()
  using agent = new RunningCli(['collector', '--config', toConfig(port, collector.httpPort)])
  await agent.logged(/Everything is ready/)
  let text = ''
  await waitFor('points were sent', async () => {
    text = await textOf(port)
    return numberOf(text, SENT) > 0
  })
  let theirs = ''
  await waitFor('as many points arrived', async () => {
    theirs = await textOf(ownPort)
    return numberOf(theirs, RECEIVED) >= numberOf(text, SENT)
  })
  return [text, theirs]
}

const s = suite('own metrics beside a real Collector')
s('have its names, types and labels, so that its dashboards read the agent', async () => {
  const ownPort = await freePort()
  const metricsTo = 'http://127.0.0.1:1/v1/metrics' // nobody is there: it queues
  await using collector = await startOtlpCollector({ ownPort, metricsTo })
  const [agent, theirs] = (await readBoth(collector, ownPort)).map(familiesOf) as [
    Map<string, Family>,
    Map<string, Family>,
  ]
  const counted = [...theirs].filter(([name]) => /^otelcol_(receiver|exporter|process)_/.test(name))
  assert.ok(counted.length > 12, `the Collector has ${[...theirs.keys()]}`)
  const missing = counted.map(([name]) => name).filter(name => !agent.has(name))
  assert.equal(
    missing.sort(),
    Object.keys(WITHOUT)
      .filter(name => theirs.has(name))
      .sort(),
  )
  for (const [name, { type, labels }] of counted) {
    const own = agent.get(name)
    if (!own) continue
    assert.is(own.type, type, name)
    const lacking = [...labels].filter(label => !own.labels.has(label) && !(label in WITHOUT_LABEL))
    assert.equal(lacking, [], name)
  }
})
s.run()
