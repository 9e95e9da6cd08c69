/** swoll doctor beside a real agent and a real Prometheus: with the flag that it names, latencies arrive. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Finding, report } from '../../cli/doctor/report.ts'
import { RunningCli, runCli } from '../kit/cli.ts'
import { freePorts } from '../kit/free-port.ts'
import { lacksBpf, lacksCommand, requireAll } from '../kit/skip.ts'
import { waitFor } from './kit/kubernetes/wait.ts'
import { startPrometheus } from './prometheus-server.ts'

requireAll(lacksBpf(), lacksCommand('prometheus'))

const [port = 0, ownPort = 0] = await freePorts(2)
const config = JSON.stringify({
  receivers: { ebpf: { collection_interval: '200ms' } },
  exporters: { prometheus: { endpoint: `127.0.0.1:${port}` } },
  service: {
    pipelines: { metrics: { receivers: ['ebpf'], exporters: ['prometheus'] } },
    telemetry: {
      metrics: { readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: ownPort } } } }] },
    },
  },
})

function doctor(prometheus: string, ...more: readonly string[]): readonly Finding[] {
  const options = [
    '-c',
    `yaml:${config}`,
    '--prometheus',
    prometheus,
    '-o',
    'json',
    '--wait',
    '200ms',
    ...more,
  ]
  return report.parse(JSON.parse(runCli(['doctor', ...options]).stdout)).findings
}
const finding = (findings: readonly Finding[], id: string) => findings.find(each => each.id === id)

const s = suite('swoll doctor, of Prometheus')
s('says that one has no latencies, and the flag that it needs; with the flag it has them', async () => {
  using agent = new RunningCli(['collector', '-c', `yaml:${config}`])
  await agent.logged(/Everything is ready/)
  const target = `127.0.0.1:${port}`
  const own = ['--agent', `127.0.0.1:${ownPort}`]
  await using plain = await startPrometheus({ target })
  await waitFor('a scrape', async () => (await plain.query('swoll_node_metrics_syscall_count')).length > 0)
  const found = doctor(plain.url, ...own)
  const missing = finding(found, 'prometheus_feature_missing') ?? finding(found, 'prometheus_no_histograms')
  assert.match(missing!.evidence, /^Prometheus [\d.]+\S*: [\d,]+ series of calls, no histogram/)
  assert.is(finding(found, 'losses')?.severity, 'ok')

  const [, flag = ''] = /prometheus (--enable-feature=\S+)/.exec(missing!.commands?.join() ?? '') ?? []
  await using better = await startPrometheus({ target, flags: [flag] })
  const fine = await waitFor('histograms', async () => finding(doctor(better.url, ...own), 'Prometheus'))
  assert.match(fine.evidence, /1 targets up, [\d,]+ series, the newest \d+ s old, [\d,]+ native histograms/)
})
s('says that a target is down, and that one is not scraped', async () => {
  await using down = await startPrometheus({ target: `127.0.0.1:${port}` })
  const found = await waitFor('a failed scrape', async () => {
    const each = finding(doctor(down.url, '--no-agent'), 'prometheus_target_down')
    return each?.evidence.includes('refused') && each
  })
  assert.match(
    found.evidence,
    new RegExp(`^http://127\\.0\\.0\\.1:${port}/metrics \\(job swoll\\): .*refused`),
  )
  await using other = await startPrometheus({ target: '127.0.0.1:1' })
  const { setting } = finding(doctor(other.url, '--no-agent'), 'prometheus_no_target')!
  assert.match(setting!, new RegExp(`targets: \\["127\\.0\\.0\\.1:${port}"\\]`))
})
s.run()
