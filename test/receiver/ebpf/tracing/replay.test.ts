/** A recording as the source of logs and traces pipelines. */
import { truncateSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../../receiver/ebpf/config.ts'
import { createParts } from '../../../../receiver/ebpf/parts.ts'
import { Scratch } from '../../../kit/cli.ts'
import { eventually, sink } from '../../../kit/consumers.ts'
import { createContext, never, nopHost } from '../../../kit/context.ts'
import { writeRecording } from '../../../kit/recording.ts'
import { rejects } from '../../../kit/rejects.ts'
import { batchOf, CONTAINER, type Happening, thread } from '../../../kit/trace-batch.ts'

const shell = thread({ tid: 7, tgid: 7, comm: 'sh', resource: CONTAINER })
const BATCHES: readonly (readonly Happening[])[] = [
  [
    [shell, { call: 'getpid', ret: 7 }],
    [shell, { call: 'close', arguments: [3] }],
  ],
  [[shell, { call: 'getppid', ret: 1 }]],
]

const record = (scratch: Scratch) =>
  writeRecording(
    scratch,
    BATCHES.map(happenings => batchOf(happenings)),
  )

function rig(path: string) {
  const logs = sink<'logs'>()
  const traces = sink<'traces'>()
  const receiver = createParts(createContext(config.parse({ trace: { replay: path } })), { logs, traces })
  const names = () =>
    traces.batches.flatMap(({ tables }) =>
      tables.flatMap(({ name, rows }) =>
        Array.from({ length: rows }, (_, row) => name.values[name.codes[row]!]!),
      ),
    )
  return { logs, receiver, names }
}

const s = suite('a recording in a pipeline')
s('is sent once, batch after batch, and its processes at the end', async () => {
  using scratch = new Scratch()
  const { logs, receiver, names } = rig(record(scratch))
  await receiver.start(nopHost(), never)
  await eventually(() => names().length === 4)
  await receiver.shutdown(never)
  assert.equal(
    logs.batches.map(({ tables }) => tables[0]!.rows),
    [2, 1],
  )
  assert.equal(names(), ['getpid', 'close', 'getppid', 'sh'])
})
s('keeps the host that it came from', async () => {
  using scratch = new Scratch()
  const { logs, receiver, names } = rig(record(scratch))
  await receiver.start(nopHost(), never)
  await eventually(() => names().length === 4)
  await receiver.shutdown(never)
  const { attributes } = logs.batches[0]!.resources[0]!
  assert.is(attributes['host.name'], 'node-1', 'of a version that kept the name alone')
  assert.is(attributes['container.id'], CONTAINER.attributes['container.id'])
})
s('is sent as far as it is whole', async () => {
  using scratch = new Scratch()
  const path = record(scratch)
  truncateSync(path, 700)
  const { receiver, names } = rig(path)
  const reports: string[] = []
  await receiver.start({ ...nopHost(), report: status => void reports.push(status) }, never)
  await eventually(() => reports.includes('permanent'))
  await receiver.shutdown(never)
  assert.ok(names().length < 4)
})
s('must be one', async () => {
  using scratch = new Scratch()
  const { receiver } = rig(scratch.write('no-recording', 'hello'))
  await rejects(receiver.start(nopHost(), never), 'RECORDING_INVALID')
  await receiver.shutdown(never)
})
s.run()
