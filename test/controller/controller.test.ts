/** A Trace, step by step, with an API server and agents in memory. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FINALIZER, jobIdOf } from '../../controller/resource.ts'
import { ApiError } from '../../kubernetes/client/api-error.ts'
import type { ObjectSink } from '../../kubernetes/client/list-watch.ts'
import { createRig, NAMESPACE, type Rig } from './kit/rig.ts'

const MINUTE = 60_000
const condition = (rig: Rig, name: string, type: string) =>
  rig.trace(name)?.status?.conditions?.find(condition => condition.type === type)

const runs = suite('a Trace that runs')
runs('has a job on every agent, a Job for its log, and a status that adds up', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('web', { syscalls: ['openat'], labelSelector: { matchLabels: { app: 'web' } } })
  await rig.clock.advance(3000)
  const trace = rig.trace('web')!
  assert.equal(rig.runningOn(trace), ['a', 'b'])
  assert.equal(trace.metadata.finalizers, [FINALIZER])
  for (const agent of rig.agents.agents.values()) agent.jobs.get(jobIdOf(trace))!.calls = 7
  await rig.clock.advance(11_000)
  const { status } = rig.trace('web')!
  assert.is(status?.state, 'Running')
  assert.is(status?.job, rig.jobs()[0]!.metadata.name)
  assert.equal([status?.calls, status?.lost, status?.matched], [14, 2, 2])
  assert.equal(
    status?.nodes?.map(({ node, endpoint, state, calls, losses }) => ({
      node,
      endpoint,
      state,
      calls,
      losses,
    })),
    ['a', 'b'].map(node => ({
      node,
      endpoint: `https://${node}:9096`,
      state: 'Running',
      calls: 7,
      losses: { output_full: 1 },
    })),
  )
  assert.equal(
    status?.conditions?.map(({ type, status }) => `${type}=${status}`),
    ['Accepted=True', 'Scheduled=True', 'Degraded=False', 'Complete=False'],
  )
  assert.equal(
    rig.events().map(({ reason, message }) => `${reason}: ${message}`),
    [`Created: Created job "${status?.job}"`],
  )
})
runs('outlives a controller by a lease at most', async () => {
  const rig = createRig()
  const controller = await rig.lead()
  const trace = rig.create('web', {}) as never
  await rig.clock.advance(30 * MINUTE)
  assert.equal(rig.runningOn(trace), ['a', 'b'], 'renewed')
  controller.kill()
  await rig.clock.advance(3 * MINUTE)
  assert.equal(rig.runningOn(trace), ['a', 'b'])
  await rig.clock.advance(3 * MINUTE)
  assert.equal(rig.runningOn(trace), [])
  await rig.lead()
  await rig.clock.advance(5000)
  assert.equal(rig.runningOn(trace), ['a', 'b'], 'the next controller goes on')
})
runs('has its jobs replaced when nothing but a limit is changed', async () => {
  const rig = createRig()
  await rig.lead()
  const trace = rig.create('web', { budget: { calls: 100 } }) as never
  await rig.clock.advance(3000)
  rig.update('web', { budget: { calls: 1000 } })
  await rig.clock.advance(3000)
  for (const agent of rig.agents.agents.values())
    assert.equal(agent.jobs.get(jobIdOf(trace))!.spec.budget, { calls: 1000 })
})
runs('is taken over by another controller without a job that is put anew', async () => {
  const rig = createRig()
  const first = await rig.lead()
  const trace = rig.create('web', { duration: '1h' }) as never
  await rig.clock.advance(10 * MINUTE)
  for (const agent of rig.agents.agents.values()) agent.jobs.get(jobIdOf(trace))!.calls = 7
  first.kill()
  await rig.clock.advance(MINUTE)
  await rig.lead()
  await rig.clock.advance(MINUTE)
  for (const agent of rig.agents.agents.values()) assert.is(agent.jobs.get(jobIdOf(trace))!.calls, 7)
  assert.is(rig.trace('web')?.status?.calls, 14)
  await rig.clock.advance(60 * MINUTE)
  assert.is(rig.trace('web')?.status?.state, 'Complete')
})
runs('gets its job replaced when its specification changes, and keeps what was counted', async () => {
  const rig = createRig({ nodes: ['a'] })
  await rig.lead()
  rig.create('web', { syscalls: ['openat'] })
  await rig.clock.advance(3000)
  const id = jobIdOf(rig.trace('web')!)
  const [agent] = [...rig.agents.agents.values()]
  agent!.jobs.get(id)!.calls = 7
  await rig.clock.advance(11_000)
  rig.update('web', { syscalls: ['connect'] })
  await rig.clock.advance(3000)
  assert.equal(agent!.jobs.get(id)!.spec.syscalls, ['connect'])
  agent!.jobs.get(id)!.calls = 5
  await rig.clock.advance(11_000)
  assert.is(rig.trace('web')?.status?.calls, 12)
  assert.equal(rig.trace('web')?.status?.nodes?.[0]?.earlier, { calls: 7, lost: 1 })
})
runs('tells the agents’ endpoints while none has a job, and that there are none', async () => {
  const rig = createRig({ nodes: [] })
  await rig.lead()
  rig.create('web', {})
  await rig.clock.advance(3000)
  assert.is(rig.trace('web')?.status?.state, 'Pending')
  assert.is(condition(rig, 'web', 'Scheduled')?.reason, 'NoAgents')
  rig.agents.add('a')
  await rig.clock.advance(3000)
  assert.is(rig.trace('web')?.status?.state, 'Running')
})
runs('has no Job without what its pod needs: a quota refuses with a conflict as well', async () => {
  const rig = createRig()
  const create = rig.cluster.create.bind(rig.cluster)
  let isRefused = true
  rig.cluster.create = (object, body) => {
    if (object.resource === 'serviceaccounts' && isRefused)
      throw new ApiError('Operation cannot be fulfilled on resourcequotas "q"', { status: 409 })
    return create(object, body)
  }
  await rig.lead()
  rig.create('web', {})
  await rig.clock.advance(3000)
  assert.equal(rig.jobs(), [])
  assert.match(condition(rig, 'web', 'Degraded')?.message ?? '', /resourcequotas "q"/)
  isRefused = false
  await rig.clock.advance(31_000)
  assert.is(rig.cluster.list('serviceaccounts').length, 1)
  assert.is(rig.jobs().length, 1)
})
runs('has no Job where its calls go elsewhere only', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('web', { output: ['otlp'] })
  await rig.clock.advance(3000)
  assert.equal(rig.jobs(), [])
  assert.is(rig.trace('web')?.status?.job, undefined)
  assert.equal(rig.runningOn(rig.trace('web')!), ['a', 'b'])
})
runs.run()

const nodes = suite('nodes')
nodes('that come get what is left of the time; those that go are told and hold up nothing', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('web', { duration: '10m' })
  await rig.clock.advance(4 * MINUTE)
  const late = rig.agents.add('c')
  rig.agents.remove('b')
  await rig.clock.advance(2000)
  const trace = rig.trace('web')!
  assert.is(late.jobs.get(jobIdOf(trace))?.spec.duration, '6m')
  const states = () => rig.trace('web')?.status?.nodes?.map(({ node, state }) => `${node} ${state}`)
  assert.equal(states(), ['a Running', 'b Gone', 'c Running'])
  await rig.clock.advance(7 * MINUTE)
  assert.is(rig.trace('web')?.status?.state, 'Complete')
  assert.equal(states(), ['a Complete', 'b Gone', 'c Complete'])
})
nodes(
  'whose agent starts anew get the job again, with what is left of a budget, and keep their counts',
  async () => {
    const rig = createRig({ nodes: ['a'] })
    await rig.lead()
    rig.create('web', { budget: { calls: 100 } })
    await rig.clock.advance(3000)
    const id = jobIdOf(rig.trace('web')!)
    const [agent] = [...rig.agents.agents.values()]
    agent!.jobs.get(id)!.calls = 30
    await rig.clock.advance(11_000)
    agent!.restart()
    await rig.clock.advance(15_000)
    assert.equal(agent!.jobs.get(id)?.spec.budget, { calls: 70 })
    assert.is(rig.trace('web')?.status?.calls, 30)
  },
)
nodes('that do not answer are told, and tried again ever more seldom', async () => {
  const rig = createRig()
  await rig.lead()
  rig.agents.agents.get('b')!.isUp = false
  rig.create('web', {})
  await rig.clock.advance(3000)
  rig.readyJobs()
  await rig.clock.advance(5 * MINUTE)
  assert.match(condition(rig, 'web', 'Degraded')?.message ?? '', /^b: no answer/)
  assert.is(rig.trace('web')?.status?.nodes?.[1]?.state, 'Unreachable')
  rig.agents.agents.get('b')!.isUp = true
  await rig.clock.advance(MINUTE)
  assert.is(condition(rig, 'web', 'Degraded')?.status, 'False')
  assert.equal(rig.runningOn(rig.trace('web')!), ['a', 'b'])
})
nodes('without room wait for it', async () => {
  const rig = createRig({ nodes: ['a'] })
  await rig.lead()
  const agent = rig.agents.agents.get('a')!
  agent.isFull = true
  rig.create('web', {})
  await rig.clock.advance(3000)
  assert.is(rig.trace('web')?.status?.state, 'Pending')
  assert.match(rig.trace('web')?.status?.nodes?.[0]?.message ?? '', /no room/)
  agent.isFull = false
  await rig.clock.advance(MINUTE)
  assert.is(rig.trace('web')?.status?.state, 'Running')
})
nodes('that refuse are asked again when another agent is there, as after an update', async () => {
  const rig = createRig()
  for (const [node, agent] of rig.agents.agents) if (node === 'b') agent.refusal = 'spec.new: must be known'
  await rig.lead()
  rig.create('web', {})
  await rig.clock.advance(60_000)
  assert.equal(
    rig.trace('web')?.status?.nodes?.map(({ state }) => state),
    ['Running', 'Failed'],
  )
  rig.agents.add('b', 'b-updated')
  await rig.clock.advance(2000)
  assert.equal(rig.runningOn(rig.trace('web')!), ['a', 'b'])
  assert.equal(
    rig.trace('web')?.status?.nodes?.map(({ state }) => state),
    ['Running', 'Running'],
  )
  assert.is(condition(rig, 'web', 'Degraded')?.status, 'False')
})
nodes('that refuse, all of them, make it Failed; some of them, Degraded', async () => {
  const rig = createRig()
  await rig.lead()
  rig.agents.agents.get('b')!.refusal = 'namespace shop: consent is missing'
  rig.create('web', {})
  await rig.clock.advance(3000)
  assert.is(rig.trace('web')?.status?.state, 'Running')
  assert.match(condition(rig, 'web', 'Degraded')?.message ?? '', /^b: namespace shop: consent/)
  rig.agents.agents.get('a')!.refusal = 'namespace shop: consent is missing'
  rig.create('other', {})
  await rig.clock.advance(3000)
  const { status } = rig.trace('other')!
  assert.equal([status?.state, status?.reason], ['Failed', 'Refused'])
  assert.match(status?.message ?? '', /consent is missing/)
})
nodes.run()

const bugs = suite('bugs of the original')
bugs('C1: any number of nodes and container names is a list', async () => {
  const rig = createRig({ nodes: ['a', 'b', 'c'] })
  await rig.lead()
  rig.create('web', { hostSelector: ['nginx', 'sidecar'] })
  await rig.clock.advance(3000)
  const trace = rig.trace('web')!
  assert.equal(rig.runningOn(trace), ['a', 'b', 'c'])
  assert.equal(rig.agents.agents.get('c')!.jobs.get(jobIdOf(trace))!.spec.hostSelector, ['nginx', 'sidecar'])
})
bugs('C2: the pod that reads is out of all traces, and found by its label', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('web', {})
  await rig.clock.advance(3000)
  const { template } = rig.jobs()[0]!.spec as { template: { metadata: { labels: Record<string, string> } } }
  assert.is(template.metadata.labels.swoll, 'false')
  assert.is(template.metadata.labels['sw-job'], 'web')
})
bugs('C3: the end of the duration ends the jobs', async () => {
  const rig = createRig()
  await rig.lead()
  const trace = rig.create('web', { duration: '1m' }) as never
  await rig.clock.advance(MINUTE + 5000)
  assert.equal(rig.runningOn(trace), [])
  const { status } = rig.trace('web')!
  assert.equal([status?.state, status?.reason], ['Complete', 'Duration'])
  assert.ok(status?.completionTime)
  assert.ok(rig.events().some(({ reason }) => reason === 'Completed'))
})
bugs('C4: sample rate and duration reach the agents', async () => {
  const rig = createRig({ nodes: ['a'] })
  await rig.lead()
  const trace = rig.create('web', { sampleRate: 10, duration: '1h' }) as never
  await rig.clock.advance(3000)
  const { spec } = rig.agents.agents.get('a')!.jobs.get(jobIdOf(trace))!
  assert.equal([spec.sampleRate, spec.duration], [10, '1h'])
})
bugs('C5: a Job that is gone, or cannot be deleted, keeps no Trace', async () => {
  const rig = createRig()
  await rig.lead()
  for (const isGone of [true, false]) {
    const trace = rig.create('web', {}) as never
    await rig.clock.advance(3000)
    if (isGone) rig.deleteJob(rig.jobs()[0]!.metadata.name)
    else rig.faults.api = () => 'before'
    rig.delete('web')
    await rig.clock.advance(3000)
    rig.faults.api = () => 'none'
    await rig.clock.advance(60_000)
    assert.is(rig.trace('web'), undefined)
    assert.equal(rig.runningOn(trace), [])
    assert.equal(rig.jobs(), [])
  }
})
bugs('C5: an agent that does not answer keeps a Trace for 30 seconds, and is told of', async () => {
  const rig = createRig()
  await rig.lead()
  const trace = rig.create('web', {}) as never
  await rig.clock.advance(3000)
  rig.agents.agents.get('b')!.isUp = false
  rig.delete('web')
  await rig.clock.advance(20_000)
  assert.ok(rig.trace('web'), 'tried again')
  assert.equal(rig.runningOn(trace), ['b'])
  await rig.clock.advance(20_000)
  assert.is(rig.trace('web'), undefined)
  assert.match(
    rig.events().find(({ reason }) => reason === 'AgentsUnreachable')!.message,
    /with its lease.*: b$/,
  )
  await rig.clock.advance(5 * MINUTE)
  assert.equal(rig.runningOn(trace), [])
})
for (const fault of ['after', 'conflict', 'before'] as const)
  bugs(`C6: writes that fail (${fault}) make no second Job`, async () => {
    const rig = createRig()
    await rig.lead()
    let calls = 0
    rig.faults.api = () => (calls++ % 2 === 0 ? fault : 'none')
    rig.create('web', {})
    await rig.clock.advance(5 * MINUTE)
    rig.faults.api = () => 'none'
    await rig.clock.advance(5 * MINUTE)
    assert.is(rig.jobs().length, 1)
    assert.is(rig.trace('web')?.status?.state, 'Running')
  })
bugs('C7: a Job that fails is seen in the status, and one that goes is made again', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('web', {})
  await rig.clock.advance(3000)
  const [job] = rig.jobs()
  const failed = { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'it has failed' }
  const object = {
    group: 'batch',
    version: 'v1',
    resource: 'jobs',
    namespace: NAMESPACE,
    name: job!.metadata.name,
  }
  rig.cluster.update({ ...object, subresource: 'status' }, { ...job, status: { conditions: [failed] } })
  await rig.clock.advance(11_000)
  assert.match(
    condition(rig, 'web', 'Degraded')?.message ?? '',
    /the Job sw-web-\w+ failed \(BackoffLimitExceeded\)/,
  )
  rig.deleteJob(job!.metadata.name)
  await rig.clock.advance(2 * MINUTE)
  assert.is(rig.jobs().length, 1)
  assert.is(condition(rig, 'web', 'Degraded')?.status, 'False')
})
bugs('C7: a Job whose pod does not come is seen in the status, until it comes', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('web', {})
  await rig.clock.advance(MINUTE)
  assert.is(condition(rig, 'web', 'Degraded')?.status, 'False', 'an image takes its time')
  await rig.clock.advance(2 * MINUTE)
  const { message } = condition(rig, 'web', 'Degraded')!
  assert.match(message, /no pod that is ready; kubectl describe job,pods -n shop -l sw-job=web says why/)
  rig.readyJobs()
  await rig.clock.advance(MINUTE)
  assert.is(condition(rig, 'web', 'Degraded')?.status, 'False')
})
bugs('C10: events are written in the namespace of the Trace, the same one once', async () => {
  const rig = createRig()
  const first = await rig.lead()
  rig.create('web', {})
  await rig.clock.advance(3000)
  first.kill()
  rig.deleteJob(rig.jobs()[0]!.metadata.name)
  await rig.lead()
  await rig.clock.advance(MINUTE)
  const events = rig.cluster.list('events')
  assert.equal(
    events.map(({ metadata }) => metadata.namespace),
    [NAMESPACE],
  )
})
bugs.run()

const state = suite('problem')
state('stays until the kind that it is of can be watched, whatever becomes of the other', async () => {
  const rig = createRig()
  const sinks: ObjectSink<never>[] = []
  const source = { run: async (sink: ObjectSink<never>) => void sinks.push(sink) }
  const controller = rig.createController({ traces: source, jobs: source })
  const [traces, jobs] = sinks
  jobs!.failed(new Error('jobs: forbidden'))
  traces!.succeeded()
  assert.is(controller.problem?.message, 'jobs: forbidden')
  jobs!.succeeded()
  assert.is(controller.problem, undefined)
})
state.run()

const ends = suite('the end')
ends('comes when every node has used its budget', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('web', { budget: { calls: 10 } })
  await rig.clock.advance(3000)
  const trace = rig.trace('web')!
  for (const agent of rig.agents.agents.values())
    Object.assign(agent.jobs.get(jobIdOf(trace))!, { over: 'Budget', calls: 10 })
  await rig.clock.advance(15_000)
  const { status } = rig.trace('web')!
  assert.equal([status?.state, status?.reason, status?.calls], ['Complete', 'Budget', 20])
})
ends('comes at once on every node when the duration is made shorter than what is over', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('web', { duration: '10m' })
  await rig.clock.advance(5 * MINUTE)
  assert.equal(rig.runningOn(rig.trace('web')!), ['a', 'b'])
  rig.update('web', { duration: '1m' })
  await rig.clock.advance(2000)
  const trace = rig.trace('web')!
  assert.is(trace.status?.state, 'Complete')
  assert.equal(
    trace.status?.nodes?.map(({ state, reason }) => `${state} ${reason}`),
    ['Complete Duration', 'Complete Duration'],
  )
  assert.equal(rig.runningOn(trace), [])
})
ends('is forgotten with the Trace after its time to live', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('web', { duration: '10s', ttlSecondsAfterFinished: 60 })
  await rig.clock.advance(30_000)
  assert.is(rig.trace('web')?.status?.state, 'Complete')
  await rig.clock.advance(MINUTE)
  assert.is(rig.trace('web'), undefined)
  assert.equal(rig.jobs(), [])
})
ends('of one that is made wrong while it runs is one on the agents as well', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('web', { syscalls: ['openat'] })
  await rig.clock.advance(3000)
  assert.equal(rig.runningOn(rig.trace('web')!), ['a', 'b'])
  const states = () => rig.trace('web')?.status?.nodes?.map(({ state }) => state)
  rig.update('web', { syscalls: ['opneat'] })
  await rig.clock.advance(3000)
  assert.is(rig.trace('web')?.status?.reason, 'InvalidSpec')
  assert.equal(states(), ['Failed', 'Failed'])
  assert.equal(rig.runningOn(rig.trace('web')!), [])
  rig.update('web', { syscalls: ['connect'] })
  await rig.clock.advance(3000)
  assert.equal(states(), ['Running', 'Running'])
  assert.equal(rig.runningOn(rig.trace('web')!), ['a', 'b'])
  rig.delete('web')
  await rig.clock.advance(3000)
  assert.is(rig.trace('web'), undefined)
  for (const agent of rig.agents.agents.values()) assert.equal([...agent.jobs], [])
})
ends('of a wrong specification is told with every mistake, and is none when it is put right', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('web', { syscalls: ['opneat'], duration: '3 days' })
  await rig.clock.advance(3000)
  const { status } = rig.trace('web')!
  assert.equal([status?.state, status?.reason], ['Failed', 'InvalidSpec'])
  assert.match(status?.message ?? '', /spec\.syscalls.*opneat.*spec\.duration: must be a duration/)
  rig.update('web', { syscalls: ['openat'] })
  await rig.clock.advance(3000)
  assert.is(rig.trace('web')?.status?.state, 'Running')
  assert.is(rig.trace('web')?.status?.reason, undefined)
})
ends.run()
