/** `swoll replay -o otlp-json` beside an agent that sends the same recording to a file. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunningCli, runCli, Scratch } from '../../kit/cli.ts'
import { writeRecording } from '../../kit/recording.ts'
import { batchOf, CONTAINER, type Happening, thread, UNIT } from '../../kit/trace-batch.ts'

const nginx = thread({ tid: 7, resource: CONTAINER })
const sshd = thread({ tid: 8, comm: 'sshd', resource: UNIT })
const FIRST: readonly Happening[] = [
  [nginx, { call: 'getpid', ret: 7 }],
  [sshd, { call: 'close', arguments: [3], ret: -9 }],
]
const LAST: readonly Happening[] = [
  [nginx, { call: 'getppid', ret: 1 }],
  [nginx, { status: 256 }],
]
const NAMES = { 'k8s.namespace.name': 'shop', 'k8s.pod.name': 'web-0', 'k8s.pod.label.app': 'web' }

/** Lines, with the moments at which they were made equal. */
function comparable(text: string): string {
  return text.replace(/.*\n/g, line => {
    const [, madeNs] = /"observedTimeUnixNano":"(\d+)"/.exec(line)!
    return line.replaceAll(madeNs!, 'NOW')
  })
}

const s = suite('swoll replay -o otlp-json')
s('prints the lines that an agent writes to a file', async () => {
  using scratch = new Scratch()
  const recording = writeRecording(
    scratch,
    [batchOf(FIRST, [{ resource: CONTAINER, events: 5 }, {}]), batchOf(LAST)],
    ({ id }) => (id === CONTAINER.id ? NAMES : {}),
  )
  const file = join(scratch.path, 'events.jsonl')
  const config = `
receivers: {ebpf: {trace: {replay: '${recording}'}}}
exporters: {file: {path: '${file}'}}
service: {telemetry: {metrics: {level: none}}, pipelines: {logs: {receivers: [ebpf], exporters: [file]}}}
`
  using agent = new RunningCli(['collector', '--config', scratch.write('a.yaml', config)])
  await agent.logged(/the recording has been sent/)
  agent.kill('SIGTERM')
  assert.is(await agent.ended(), 0)

  const replayed = runCli(['replay', recording, '-o', 'otlp-json'])
  assert.equal([replayed.status, replayed.stderr], [0, 'swoll: 3 calls, 6 lost\n'])
  assert.is(comparable(replayed.stdout), comparable(readFileSync(file, 'utf8')))
  assert.is(
    replayed.stdout.trimEnd().split('\n').length,
    3,
    'calls and losses of the first batch, and the second',
  )
  assert.match(replayed.stdout, '"key":"k8s.pod.name","value":{"stringValue":"web-0"}')
})
s.run()
