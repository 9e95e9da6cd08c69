/** An agent whose wall clock is a day behind, is set right, and is set back again: what it writes of metrics, logs and traces. */
// Alone: that series go on is true as long as nobody makes so many that they overflow.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunningCli, Scratch } from '../kit/cli.ts'
import type { OtlpJson } from '../kit/otlp-collector.ts'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../kit/skip.ts'
import { waitFor } from './kit/kubernetes/wait.ts'

requireAll(lacksRoot(), lacksBpf(), lacksCommand('cc'))

const DAY_S = 86_400

/** A configuration with an overflow, which has a start time of its own. */
const toConfig = (folder: string) => `
receivers: {ebpf: {collection_interval: 1s, trace: {from: all, syscalls: [execve]}}}
processors: {cardinality_limit: {limit: 100, limit_per_resource: 60}}
exporters: {file/metrics: {path: ${folder}/metrics.jsonl}, file/events: {path: ${folder}/events.jsonl}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    metrics: {receivers: [ebpf], processors: [cardinality_limit], exporters: [file/metrics]}
    logs: {receivers: [ebpf], exporters: [file/events]}
    traces: {receivers: [ebpf], exporters: [file/events]}
`

const readLines = (path: string): string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []

/** Days from now, rounded; 0 within ten seconds. */
function daysOff(unixNano: string): number {
  const days = (Number(unixNano) / 1e9 - Date.now() / 1000) / DAY_S
  return Math.abs(days - Math.round(days)) * DAY_S < 20 ? Math.round(days) : days
}

interface Point {
  readonly series: string
  readonly start: bigint
  readonly time: bigint
  readonly calls: bigint
}

/** Reads the points of calls in the order in which they were written. */
function readPoints(path: string): Point[] {
  return readLines(path).flatMap(line =>
    (JSON.parse(line) as OtlpJson).resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics
        .flatMap(({ metrics }) => metrics.filter(({ name }) => name === 'swoll.syscall.calls'))
        .flatMap(({ sum }) => sum!.dataPoints)
        .filter(({ flags = 0 }) => (flags & 1) === 0)
        .map(point => ({
          series: JSON.stringify([resource, point.attributes]),
          start: BigInt(point.startTimeUnixNano!),
          time: BigInt(point.timeUnixNano),
          calls: BigInt(point.asInt!),
        })),
    ),
  )
}

/** Start times are before their points; a series that has the start it had has not fallen. Gives how often series began anew. */
function assertConsistent(points: readonly Point[]): number {
  const last = new Map<string, Point>()
  let restarts = 0
  for (const point of points) {
    assert.ok(point.start <= point.time, JSON.stringify([point.series, `${point.start}`, `${point.time}`]))
    const before = last.get(point.series)
    if (before && before.start !== point.start) restarts++
    else if (before) assert.ok(point.calls >= before.calls, point.series)
    last.set(point.series, point)
  }
  return restarts
}

/** Every time in what was written of logs and traces. */
const eventTimes = (path: string): string[] =>
  readLines(path).flatMap(line =>
    [...line.matchAll(/"(?:t|startT|endT|observedT)imeUnixNano":"(\d+)"/g)].map(m => m[1]!),
  )

const s = suite('a wall clock that is set')
s('is followed by all signals, in both directions', async () => {
  using scratch = new Scratch()
  const library = join(scratch.path, 'set-clock.so')
  const source = join(import.meta.dirname, 'kit/set-clock.c')
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', '-o', library, source])
  const [metrics, events] = ['metrics', 'events'].map(name => join(scratch.path, `${name}.jsonl`)) as [
    string,
    string,
  ]
  const clock = scratch.write('clock', `${-DAY_S}`)
  using agent = new RunningCli(
    ['collector', '--config', scratch.write('agent.yaml', toConfig(scratch.path))],
    ['env', `LD_PRELOAD=${library}`, `SET_CLOCK=${clock}`],
  )
  await agent.logged(/Everything is ready/)
  /** Sees a program run, and two collections, at so many days from now. */
  const isAt = async (days: number, ...alsoLate: number[]) => {
    const [from, before] = [readPoints(metrics).length, eventTimes(events).length]
    const news = () => readPoints(metrics).slice(from)
    await waitFor(`points at ${days} days`, async () => {
      const times = new Set(news().map(({ time }) => `${time}`))
      return [...times].filter(time => daysOff(time) === days).length >= 2
    })
    execFileSync('true')
    await waitFor(`events at ${days} days`, async () =>
      eventTimes(events)
        .slice(before)
        .some(time => daysOff(time) === days),
    )
    for (const { time } of news())
      assert.ok([days, ...alsoLate].includes(daysOff(`${time}`)), `${daysOff(`${time}`)} days`)
  }
  await isAt(-1)
  writeFileSync(clock, '0')
  await isAt(0, -1) // a collection may have been under way
  assert.is(assertConsistent(readPoints(metrics)), 0, 'series go on')
  writeFileSync(clock, `${-DAY_S}`)
  await isAt(-1, 0) // what was counted before is told on the old clock
  agent.kill('SIGTERM')
  assert.is(await agent.ended(), 0, agent.stderr)
  assert.ok(assertConsistent(readPoints(metrics)) > 20, 'series begin anew')
})
s.run()
