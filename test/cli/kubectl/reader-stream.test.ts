import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readerStream } from '../../../cli/kubectl/reader-stream.ts'
import { ApiClient } from '../../../kubernetes/client/api-client.ts'
import { systemClock } from '../../../pipeline/clock.ts'
import { readerLine } from '../../kit/call-line.ts'
import { never } from '../../kit/context.ts'
import { ObjectApi } from '../../kit/object-api.ts'

const PODS = '/api/v1/namespaces/shop/pods'

interface Pod {
  readonly name: string
  readonly phase: string
  readonly log: string
}

/** What is read of pods of which each takes the place of the one before when its log has been read. */
async function read(pods: readonly Pod[]): Promise<string[]> {
  let current = 0
  let wasRead = false
  await using api = await ObjectApi.start(({ path }) => {
    const { name, phase, log } = pods[current]!
    if (path === PODS) {
      const items = pods.slice(0, current + 1).map((pod, i) => ({
        metadata: { name: pod.name, creationTimestamp: `2026-01-01T00:00:0${i}Z` },
        status: {
          phase: i < current ? pod.phase : current === pods.length - 1 && wasRead ? phase : 'Running',
          containerStatuses: [{ state: { running: {} } }],
        },
      }))
      return { body: { items } }
    }
    assert.is(path, `${PODS}/${name}/log`)
    return response => {
      response.end(log)
      if (current < pods.length - 1) current++
      else wasRead = true
    }
  })
  const client = new ApiClient(api.access())
  const got: string[] = []
  const options = { client, namespace: 'shop', name: 'web', clock: systemClock, abort: never }
  const told = { onWaiting: () => {}, isOver: async () => false }
  for await (const { node, message } of readerStream({ ...options, ...told }))
    got.push(
      message.type === 'lost' ? `${node} lost ${message.calls} ${message.reason}` : `${node} ${message.seq}`,
    )
  client.close()
  return got
}
const log = (seqs: readonly number[], host?: string) => seqs.map(seq => readerLine(seq, host)).join('')

const s = suite('readerStream')
s('gives the messages with the address of their node, and nothing of other lines', async () => {
  const other = '2026-01-02T03:04:05.000000009Z swoll: a remark\n'
  assert.equal(await read([{ name: 'a', phase: 'Succeeded', log: log([1, 2]) + other }]), [
    '10.0.0.1 1',
    '10.0.0.1 2',
  ])
})
s('takes what a pod that replaces another tells again for what it is', async () => {
  const pods = [
    { name: 'a', phase: 'Failed', log: log([1, 2, 3]) },
    { name: 'b', phase: 'Succeeded', log: log([2, 3, 4, 5]) },
  ]
  assert.equal(
    await read(pods),
    [1, 2, 3, 4, 5].map(seq => `10.0.0.1 ${seq}`),
  )
})
s('counts what is missing in the log, node by node', async () => {
  const one = log([1, 2, 6])
  const two = log([3, 7], '10.0.0.2')
  assert.equal(await read([{ name: 'a', phase: 'Succeeded', log: one + two }]), [
    '10.0.0.1 1',
    '10.0.0.1 2',
    '10.0.0.1 lost 3 log_rotated',
    '10.0.0.1 6',
    '10.0.0.2 3',
    '10.0.0.2 lost 3 log_rotated',
    '10.0.0.2 7',
  ])
})
s('leaves to the agent what it tells of itself', async () => {
  const lost = { version: 1, type: 'lost', calls: 5, reason: 'slow_client' }
  const line = `2026-01-02T03:04:05.000000003Z {"endpoint":{"hostname":"10.0.0.1"},"payload":${JSON.stringify(lost)}}\n`
  assert.equal(await read([{ name: 'a', phase: 'Succeeded', log: log([1]) + line + log([7]) }]), [
    '10.0.0.1 1',
    '10.0.0.1 lost 5 slow_client',
    '10.0.0.1 7',
  ])
})
s.run()
