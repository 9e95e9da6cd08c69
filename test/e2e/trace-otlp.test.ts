/** The decoder of a real OpenTelemetry Collector (that of its `otlpjsonfile` receiver) reads the output of `-o otlp-json`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli, Scratch } from '../kit/cli.ts'
import { lacksOtlpCollector, recodeLines } from '../kit/otlp-collector.ts'
import { readLogLines, toEventLines } from '../kit/otlp-events.ts'
import { writeRecording } from '../kit/recording.ts'
import { requireAll } from '../kit/skip.ts'
import { batchOf, CONTAINER, type Happening, thread } from '../kit/trace-batch.ts'

requireAll(lacksOtlpCollector())

const CALLS = 20_011
const odd = thread({ tid: 7, comm: 'a\x1b[31m\x9b\xffb\n', resource: CONTAINER })
const calls = Array.from(
  { length: CALLS },
  (_, i): Happening => [odd, { call: 'close', arguments: [i], ret: -9 }],
)

const s = suite('a Collector')
s('finds in the lines what they say, each below what it takes', () => {
  using scratch = new Scratch()
  const recording = writeRecording(scratch, [batchOf(calls, [{ resource: CONTAINER }])])
  const file = join(scratch.path, 'events.jsonl')
  assert.is(runCli(['replay', recording, '-o', 'otlp-json', '--file', file]).status, 0)
  const text = readFileSync(file, 'utf8')
  const lines = text.split('\n')
  assert.ok(lines.length > 10)
  assert.ok(
    lines.every(line => Buffer.byteLength(line) < 2 ** 20),
    'max_log_size of the receiver',
  )
  const records = readLogLines(text)
  assert.is(records.length, CALLS + 1)
  assert.equal(toEventLines(readLogLines(`${recodeLines(text).join('\n')}\n`)), toEventLines(records))
})
s.run()
