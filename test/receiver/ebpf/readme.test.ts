/** The lists in the READMEs of the receiver and of its kernel side agree with the code, in both directions. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { REASONS } from '../../../native/generated/layout.ts'
import { TRACE_REASONS } from '../../../native/generated/trace-layout.ts'
import { Collector } from '../../../receiver/ebpf/collector.ts'
import { config } from '../../../receiver/ebpf/config.ts'
import { observeCollector } from '../../../receiver/ebpf/telemetry.ts'
import { observeTracing, TraceCounts } from '../../../receiver/ebpf/tracing/telemetry.ts'
import { fakeClock } from '../../kit/clock.ts'
import { nopMeter } from '../../kit/context.ts'
import { FakeKernelSide } from './fake-kernel-side.ts'

const README = readFileSync('receiver/ebpf/README.md', 'utf8')

/** Names in backticks that match, in order of the alphabet. */
function namesIn(text: string, pattern: RegExp): string[] {
  const names = [...text.matchAll(/`([^`]+)`/g)].map(match => match[1]!).filter(name => pattern.test(name))
  return [...new Set(names)].sort()
}

/** The part under a heading. */
function section(text: string, heading: string): string {
  const start = text.indexOf(`${heading}\n`)
  assert.ok(start >= 0, `there should be a heading ${heading}`)
  return text.slice(start + heading.length).split(/^#/m)[0]!
}

/** Names of the metrics that the receiver registers. */
function metricNames(): string[] {
  const names: string[] = []
  const meter = Object.create(nopMeter) as typeof nopMeter
  const keep = (name: string) => {
    names.push(name)
    return nopMeter.createObservableCounter(name)
  }
  meter.createObservableCounter = keep as typeof meter.createObservableCounter
  meter.createObservableGauge = keep as typeof meter.createObservableGauge
  const clock = fakeClock()
  const kernel = new FakeKernelSide(() => clock.monotonicMs())
  const collector = new Collector(config.parse({}), clock, () => kernel)
  observeCollector(meter, 'ebpf', { collector, hasStatistics: true })
  observeTracing(meter, 'ebpf', { programInfos: () => [] }, new TraceCounts())
  return names.sort()
}

const s = suite('READMEs')
s('show every key with its default', () => {
  const [, block = ''] = /```yaml\n(.*?)```/s.exec(README) ?? []
  const written = (parse(block) as { receivers: { ebpf: object } }).receivers.ebpf
  assert.equal(config.parse(written), config.parse({}))
  assert.equal(Object.keys(written), Object.keys(config.parse({})))
})
s('list every metric of the receiver', () => {
  assert.equal(namesIn(section(README, '## Its own metrics'), /^receiver_ebpf_/), metricNames())
})
s('list every reason for a loss', () => {
  const reasons = section(readFileSync('bpf/README.md', 'utf8'), '### Reasons')
  const names = [...REASONS, ...TRACE_REASONS].map(reason => reason.name)
  assert.equal(namesIn(reasons, /^[a-z_]+$/), [...new Set(names)].sort())
})
s.run()
