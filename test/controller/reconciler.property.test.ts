/**
 * The controller under whatever happens: seeded sequences of creations, changes, deletions, nodes that go and come, agents that start anew or do not
 * answer, requests that fail before or after they are done, conflicts, watches that break, controllers that die, and others that take over. At
 * every rest all is as the Traces say, and nothing else is there.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Controller } from '../../controller/controller.ts'
import { objectOf, TRACES } from '../../controller/kinds.ts'
import { jobIdOf, type Trace } from '../../controller/resource.ts'
import { seeded } from '../kit/random.ts'
import type { Fault } from './kit/cluster.ts'
import { createRig, NAMESPACE, type Rig } from './kit/rig.ts'

const SEEDS = 8
const STEPS = 1300
/** Between two rests. */
const STEPS_PER_ROUND = 130
const NAMES = ['web', 'api', 'db', 'cron', 'a-name-that-is-as-long-as-a-name-of-a-trace-can-be-63-characters']
const NODES = ['a', 'b', 'c', 'd', 'e']
const SPECS: readonly object[] = [
  {},
  { syscalls: ['openat'] },
  { syscalls: ['connect'], labelSelector: { matchLabels: { app: 'web' } } },
  { duration: '30s' },
  { duration: '10m', persistent: true },
  { duration: '1m', ttlSecondsAfterFinished: 30 },
  { budget: { calls: 100 } },
  { output: ['otlp'] },
  { output: ['otlp', 'logs'], sampleRate: 5 },
  { syscalls: ['no_such_call'] },
  { schedule: '*/2 * * * *', duration: '20s' },
]

interface World {
  readonly rig: Rig
  readonly random: () => number
  readonly controllers: (Controller & { kill(): void })[]
  leader: (Controller & { kill(): void }) | undefined
  apiFaults: number
  agentFaults: number
}

function createWorld(seed: number): World {
  const random = seeded(seed)
  const rig = createRig({ nodes: ['a', 'b', 'c'], random, lagMs: () => Math.floor(random() ** 4 * 4000) })
  const world: World = { rig, random, controllers: [], leader: undefined, apiFaults: 0, agentFaults: 0 }
  const kinds: readonly Fault[] = ['before', 'after', 'conflict']
  rig.faults.api = () => (random() < world.apiFaults ? kinds[Math.floor(random() * 3)]! : 'none')
  rig.agents.fault = () => (random() < world.agentFaults ? (random() < 0.5 ? 'before' : 'after') : 'none')
  return world
}

function start(world: World): void {
  world.leader = world.rig.createController()
  world.controllers.push(world.leader)
  world.leader.lead()
}

type Step = (world: World, pick: <T>(of: readonly T[]) => T) => void | Promise<void>
const STEPS_BY_WEIGHT: readonly (readonly [number, Step])[] = [
  [
    12,
    ({ rig }, pick) => {
      const name = pick(NAMES)
      if (!rig.trace(name)) rig.create(name, pick(SPECS))
    },
  ],
  [
    4,
    ({ rig }, pick) => {
      const name = pick(NAMES)
      const isScheduled = (spec: object | undefined) => spec !== undefined && 'schedule' in spec
      const spec = pick(SPECS)
      if (isScheduled(rig.trace(name)?.spec) === isScheduled(spec)) rig.update(name, spec)
    },
  ],
  [6, ({ rig }, pick) => void rig.delete(pick(NAMES))],
  [2, ({ rig }, pick) => rig.cluster.touch(objectOf(TRACES, { namespace: NAMESPACE, name: pick(NAMES) }))],
  [
    2,
    ({ rig }, pick) => {
      const node = pick(NODES)
      if (!rig.agents.agents.has(node)) rig.agents.add(node)
    },
  ],
  [2, ({ rig }, pick) => rig.agents.remove(pick(NODES))],
  [
    3,
    ({ rig }, pick) => {
      const agent = rig.agents.agents.get(pick(NODES))
      if (agent) agent.isUp = !agent.isUp
    },
  ],
  [3, ({ rig }, pick) => rig.agents.agents.get(pick(NODES))?.restart()],
  [
    2,
    ({ rig }, pick) => {
      for (const job of rig.agents.agents.get(pick(NODES))?.jobs.values() ?? []) job.calls += 60
    },
  ],
  [
    2,
    world => {
      world.apiFaults = world.random() < 0.5 ? 0 : world.random() * 0.6
    },
  ],
  [
    2,
    world => {
      world.agentFaults = world.random() < 0.5 ? 0 : world.random() * 0.6
    },
  ],
  [2, ({ rig }) => rig.cluster.breakWatches()],
  [
    2,
    ({ rig }) => {
      const [job] = rig.jobs()
      if (job) rig.deleteJob(job.metadata.name)
    },
  ],
  [
    2,
    world => {
      world.leader?.kill()
      start(world)
    },
  ],
  [
    1,
    world => {
      // Nobody leads for a while: the next rest finds somebody.
      world.leader?.kill()
      world.leader = undefined
    },
  ],
  [
    1,
    async world => {
      // Another one takes over in order, while writes of the first are still under way.
      const before = world.leader
      start(world)
      void before?.follow()
    },
  ],
]
const WEIGHTS = STEPS_BY_WEIGHT.reduce((sum, [weight]) => sum + weight, 0)

async function step(world: World): Promise<void> {
  const { random, rig } = world
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  let at = random() * WEIGHTS
  const [, act] = STEPS_BY_WEIGHT.find(([weight]) => {
    at -= weight
    return at < 0
  })!
  await act(world, pick)
  await rig.clock.advance(Math.floor(random() ** 3 * 20_000))
  checkAlways(rig)
}

/** Rules that hold at every moment. */
function checkAlways(rig: Rig): void {
  const owners = rig.jobs().map(({ metadata }) => metadata.ownerReferences![0]!.uid)
  assert.is(new Set(owners).size, owners.length, 'one Job for a Trace')
  for (const trace of rig.traces()) {
    const { status, metadata } = trace
    if (status?.state !== 'Complete') continue
    assert.ok(status.completionTime, `${metadata.name} has ended`)
  }
}

/** Lets everything work, and waits until it must have settled. */
async function rest(world: World): Promise<void> {
  const { rig } = world
  world.apiFaults = 0
  world.agentFaults = 0
  for (const agent of rig.agents.agents.values()) agent.isUp = true
  if (!world.leader) start(world)
  await rig.clock.advance(7 * 60_000)
}

const NEW_MS = 60_000
const isScheduled = ({ spec }: Trace) => spec?.schedule !== undefined

/** Rules that hold when nothing has happened for a while. */
function checkSettled(rig: Rig, where: string): void {
  const nodes = [...rig.agents.agents.keys()].sort()
  const wanted = new Set<string>()
  const withJob: string[] = []
  const nowMs = Number(rig.clock.unixNano() / 1_000_000n)
  for (const trace of rig.traces()) {
    const { metadata, status, spec } = trace
    const what = `${where} ${metadata.name} ${JSON.stringify({ spec, status }).slice(0, 1500)}`
    assert.is(metadata.deletionTimestamp, undefined, `${what}: is gone`)
    if (!isScheduled(trace) && nowMs - Date.parse(metadata.creationTimestamp!) < NEW_MS) {
      wanted.add(jobIdOf(trace)) // a schedule has started it a moment ago
      continue
    }
    const isRunning = !isScheduled(trace) && status?.state !== 'Failed' && status?.state !== 'Complete'
    if (status?.state === 'Failed') assert.is(status.reason, 'InvalidSpec', what)
    const settled = new Set(status?.nodes?.flatMap(({ node, state }) => (state === 'Complete' ? [node] : [])))
    // One whose time is over is not asked before its turn.
    const isOver = (node: string) =>
      rig.agents.agents.get(node)!.jobs.get(jobIdOf(trace))?.over === 'Duration'
    const running = nodes.filter(node => !settled.has(node) && !isOver(node))
    assert.equal(rig.runningOn(trace), isRunning ? running : [], what)
    if (isRunning) {
      wanted.add(jobIdOf(trace))
      assert.is(status?.state, nodes.length > 0 || status?.startTime ? 'Running' : 'Pending', what)
      const output = (spec?.output as string[] | undefined) ?? ['logs']
      if (output.includes('logs') && status?.startTime) withJob.push(metadata.uid)
    }
  }
  for (const agent of rig.agents.agents.values())
    for (const id of agent.running(rig.clock.monotonicMs()))
      assert.ok(wanted.has(id), `${where}: ${id} has no Trace`)
  const living = new Set(rig.traces().map(({ metadata }) => metadata.uid))
  const owners = rig.jobs().map(({ metadata }) => metadata.ownerReferences![0]!.uid)
  for (const uid of withJob) assert.ok(owners.includes(uid), `${where}: ${uid} has its Job`)
  for (const uid of owners) assert.ok(living.has(uid), `${where}: a Job has its Trace`)
}

let steps = 0
const s = suite('the controller')
for (let seed = 1; seed <= SEEDS; seed++)
  s(`makes all as the Traces say, and leaves nothing, whatever happens (seed ${seed})`, async () => {
    const world = createWorld(seed)
    start(world)
    for (let done = 0; done < STEPS; done++) {
      await step(world)
      steps++
      if (done % STEPS_PER_ROUND !== STEPS_PER_ROUND - 1) continue
      await rest(world)
      checkSettled(world.rig, `seed ${seed}, step ${done}`)
    }
    for (const name of world.rig.traces().map(({ metadata }) => metadata.name)) world.rig.delete(name)
    await rest(world)
    assert.equal(world.rig.traces(), [])
    assert.equal(world.rig.jobs(), [])
    for (const kind of ['serviceaccounts', 'roles', 'rolebindings'])
      assert.equal(world.rig.cluster.list(kind), [])
    for (const agent of world.rig.agents.agents.values())
      assert.equal(agent.running(world.rig.clock.monotonicMs()), [])
  })
s('took ten thousand steps and more', () => {
  assert.ok(steps >= 10_000, String(steps))
})

const HOUR = 3_600_000
async function requestsPerHour(rig: Rig): Promise<{ api: number; agents: number }> {
  const sum = () => [...rig.cluster.requests.values()].reduce((all, count) => all + count, 0)
  const [api, agents] = [sum(), rig.agents.requests]
  await rig.clock.advance(HOUR)
  return { api: sum() - api, agents: rig.agents.requests - agents }
}
s('asks for next to nothing at rest', async () => {
  const rig = createRig({ nodes: ['a', 'b', 'c'] })
  await rig.lead()
  const none = await requestsPerHour(rig)
  for (const name of NAMES) rig.create(name, { duration: '10s' })
  await rig.clock.advance(60_000)
  const finished = await requestsPerHour(rig)
  rig.create('runs', {})
  await rig.clock.advance(3000)
  rig.readyJobs()
  await rig.clock.advance(60_000)
  const running = await requestsPerHour(rig)
  process.stdout.write(
    `requests an hour at rest, API server and 3 agents: ${JSON.stringify({ none, finished, running })}\n`,
  )
  assert.equal(none, { api: 0, agents: 0 })
  assert.equal(finished, { api: 0, agents: 0 })
  assert.is(running.api, 0, 'a status that does not change is not written')
  assert.ok(running.agents <= 3 * 400, String(running.agents))
})
s.run()
