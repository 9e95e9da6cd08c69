/** One look at an agent that somebody took over: what it says must not spoil the status of the Trace. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AgentApi } from '../../controller/agents.ts'
import { toTraceStatus } from '../../controller/status.ts'
import { type NodeStatus, traceStatus } from '../../controller/status-fields.ts'
import { visit } from '../../controller/visit.ts'
import type { JobStatus } from '../../trace/api/documents.ts'

const JOB = { namespace: 'shop', name: 'web', id: 'shop.web.01234567' }
const TRACE = {
  apiVersion: 'tools.swoll.criticalstack.com/v1alpha1',
  kind: 'Trace',
  metadata: { name: 'web', namespace: 'shop', uid: '0123456789', generation: 1 },
} as const

/** The status of a Trace after an agent has said this of its job. */
async function look(said: Partial<JobStatus>, before?: NodeStatus) {
  const status = {
    state: 'Running',
    startTime: '2026-01-01T00:00:00.000Z',
    matchedTotal: 1,
    calls: 2,
    lost: {},
    ...said,
  } as JobStatus
  const api = { ensure: async () => 'kept', status: async () => status } as unknown as AgentApi
  const node = await visit({
    api,
    agent: { node: 'a', endpoint: 'https://10.0.0.1:9095' },
    memory: { nextMs: 0, failures: 0 },
    before,
    job: JOB,
    generation: 1,
    spec: {},
    isEnding: false,
    pollMs: 10_000,
    nowMs: 0,
  })
  const nodes = [node, { ...node, node: 'b' }]
  const written = toTraceStatus({ trace: TRACE, nodes, isAgentKnown: true, startedMs: 0, nowMs: 0 })
  traceStatus.parse(written)
  assert.ok(JSON.stringify(written).length < 16_000)
  return node
}

const s = suite('a hostile agent')
s('tells no time that the API server would refuse', async () => {
  for (const startTime of ['', 'soon', '+275760-09-13T00:00:00.000Z']) {
    const { state, startTime: told } = await look({ startTime })
    assert.equal([state, told], ['Unreachable', undefined])
  }
})
s('tells no message of any length, and none that a terminal obeys', async () => {
  const { message = '' } = await look({ message: '\x1b[2J'.repeat(1_000_000) })
  assert.ok(message.length < 1100)
  assert.not.ok(message.includes('\x1b'))
})
s('tells no losses of many reasons', async () => {
  const lost = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`r${i}`, 1] as const))
  assert.equal((await look({ lost: { ...lost, ring_full: 3 } })).losses, { ring_full: 3 })
})
s('tells no counts that do not add up to a number', async () => {
  const most = Number.MAX_SAFE_INTEGER
  const before = { node: 'a', endpoint: '', job: '', state: 'Running', calls: most, lost: most } as const
  const lost = { ring_full: most, rate_limited: most }
  const earlier = { ...before, startTime: '2025-01-01T00:00:00.000Z' }
  const node = await look({ calls: most, matchedTotal: most, lost }, earlier)
  assert.equal([node.calls, node.lost, node.matched], [most, most, most])
})
s.run()
