/**
 * Again and again kill -9, of an agent, the controller or a client, whatever each is doing: what persistent jobs, leases and Traces promise
 * holds, and nothing is left in the end.
 */
// Takes minutes.
// Shares: pods.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SwollClient, TraceSpec } from '../../../client/client.ts'
import { jobIdOf } from '../../../controller/resource.ts'
import { RunningCli, Scratch } from '../../kit/cli.ts'
import { seeded } from '../../kit/random.ts'
import { lacksBpf, lacksFile, requireAll } from '../../kit/skip.ts'
import { AgentCluster, createNamespace, SERVER_NAME } from '../kit/kubernetes/agents.ts'
import { Controller, createTrace, deleteTrace, waitForTrace } from '../kit/kubernetes/controller.ts'
import { CALLER_SYSCALL } from '../kit/kubernetes/image.ts'
import { assertBurst, numbersIn, Replicas } from '../kit/kubernetes/known-calls.ts'
import { lacksNode } from '../kit/kubernetes/node.ts'
import { clientOf, createTracer, Watching } from '../kit/kubernetes/trace-user.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'

requireAll(lacksBpf(), lacksFile(join(import.meta.dirname, '../../../native/build/swoll.node')), lacksNode())

const SEED = 20_261_130
/** A hundred with KILLS=100, which takes six minutes. */
const KILLS = Number(process.env.KILLS ?? 25)
/** After so many the promises are looked at. */
const ROUND = 25
/** Those of killed clients end so late, and a little later. */
const LEASE_MS = 90_000
const NAMESPACE = 'shop'
const CALLS = 101
const WEB: TraceSpec = { syscalls: [CALLER_SYSCALL], labelSelector: { matchLabels: { app: 'web' } } }

const random = seeded(SEED)
const among = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!

/** `swoll client create --oneshot`, again and again. */
class Client implements Disposable {
  readonly #scratch = new Scratch()
  readonly #args: readonly string[]
  #swoll: RunningCli | undefined

  constructor(all: AgentCluster, token: string) {
    this.#args = [
      ...['client', 'create', '--oneshot', '--namespace', NAMESPACE, '--syscalls', CALLER_SYSCALL],
      ...['--endpoints', all.agents.map(({ endpoint }) => endpoint).join(), '--use-tls'],
      ...['--ca', all.cluster.caFile, '--server-name', SERVER_NAME],
      ...['--token-file', this.#scratch.write('token', token), '--label-selector', 'app=web'],
    ]
  }

  start(): void {
    this.#swoll = new RunningCli(this.#args, ['setpriv', '--pdeathsig', 'KILL', '--'])
  }

  async kill(): Promise<void> {
    this.#swoll?.kill('SIGKILL')
    await this.#swoll?.ended()
  }

  /** It deletes its job then. */
  async stop(): Promise<void> {
    this.#swoll?.kill('SIGINT')
    assert.is(await this.#swoll?.ended(), 0, this.#swoll?.stderr)
  }

  [Symbol.dispose](): void {
    this.#swoll?.[Symbol.dispose]()
    this.#scratch[Symbol.dispose]()
  }
}

/** What the whole is made of, and what of it is to be there after each round. */
interface World {
  readonly all: AgentCluster
  readonly clients: readonly SwollClient[]
  readonly controller: Controller
  readonly user: Client
  readonly replicas: Replicas
  /** When the persistent job ends, by agent. */
  readonly endsAt: readonly number[]
  /** The id of the Trace's job. */
  readonly traceJob: string
}

/** Kills one, at any moment, and starts it again; returns who it was. */
async function strike({ all, controller, user }: World): Promise<string> {
  await delay(random() * 300)
  const victim = among(['agent', 'agent', 'controller', 'client'] as const)
  if (victim === 'agent') {
    const agent = among(all.agents)
    await agent.kill()
    if (random() < 0.3) await agent.killWhileStarting(random() * 1500)
    await agent.start()
    return victim
  }
  const one = victim === 'controller' ? controller : user
  await one.kill()
  one.start()
  return victim
}

/** The persistent job is there and ends when it was to; the Trace runs everywhere, and has one Job. */
async function checkPromises({ all, clients, endsAt }: World): Promise<void> {
  await waitForTrace(
    all.api,
    [NAMESPACE, 'web'],
    ({ state, nodes = [] }) =>
      state === 'Running' &&
      nodes.length === all.agents.length &&
      nodes.every(node => node.state === 'Running'),
  )
  for (const [i, client] of clients.entries()) {
    const status = await client.status('steady')
    assert.is(status.state, 'Running')
    const driftMs = Math.abs(Date.parse(status.endsAt!) - endsAt[i]!)
    assert.ok(driftMs < 3000, `it ends ${driftMs} ms from when it was to`)
  }
  const { items } = await all.api.get<{ readonly items: readonly unknown[] }>(
    `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`,
  )
  assert.is(items.length, 1, 'the Job of the Trace')
}

/** The client that lives has a job on each agent, and of those that were killed nothing is left. */
async function checkLeases({ clients, traceJob }: World): Promise<void> {
  for (const client of clients)
    await waitFor(
      'the leases of killed clients to be over',
      async () => {
        const ids = Object.keys((await client.jobs()).running)
        return ids.includes(traceJob) && ids.includes('steady') && ids.length === 3
      },
      LEASE_MS,
    )
}

/** Calls made while nobody is killed arrive, each once and in order. */
async function checkCalls({ clients, replicas }: World): Promise<void> {
  await using first = new Watching(clients[0]!, 'steady', 'now')
  await using second = new Watching(clients[1]!, 'steady', 'now')
  await waitFor('both streams', async () => first.changes.length + second.changes.length >= 2)
  const before = replicas.made
  await replicas.burst()
  const arrived = () => numbersIn([...first.lines, ...second.lines])
  await waitFor('the calls', async () =>
    Object.keys(before).every(pod => arrived().get(pod)?.length === CALLS),
  ).catch(() => {})
  assertBurst(arrived(), before, CALLS)
}

const s = suite(`${KILLS} kills`)
s('leave all that was promised, and in the end nothing', async () => {
  await using all = await AgentCluster.start(2, { withImage: true })
  await createNamespace(all.api, NAMESPACE)
  const token = await createTracer(all)
  const clients = all.agents.map(agent => clientOf(all, agent, token))
  using controller = await Controller.start(all)
  using user = new Client(all, token)
  const endsAt: number[] = []
  for (const client of clients) {
    await client.create(
      { namespace: NAMESPACE },
      { ...WEB, persistent: true, duration: '30m' },
      { id: 'steady' },
    )
    endsAt.push(Date.parse((await client.status('steady')).endsAt!))
  }
  await createTrace(all.api, NAMESPACE, 'web', WEB)
  const trace = await waitForTrace(all.api, [NAMESPACE, 'web'], ({ state }) => state === 'Running')
  user.start()
  const replicas = await Replicas.create(all.api, () => all.nodes, {
    name: 'web',
    namespace: NAMESPACE,
    replicas: 3,
    calls: CALLS,
  })
  const world = { all, clients, controller, user, replicas, endsAt, traceJob: jobIdOf(trace) }
  const kills: Record<string, number> = {}
  try {
    for (let n = 1; n <= KILLS; n++) {
      const victim = await strike(world)
      kills[victim] = (kills[victim] ?? 0) + 1
      if (n % ROUND > 0) continue
      await checkPromises(world)
      await checkCalls(world)
    }
    await checkLeases(world)
    await user.stop()
    await deleteTrace(all.api, NAMESPACE, 'web')
    for (const client of clients) await client.delete('steady')
    for (const client of clients)
      await waitFor('no job', async () => Object.keys((await client.jobs()).running).length === 0)
    for (const { jobsFolder } of all.agents) assert.equal(readdirSync(jobsFolder), [])
    process.stdout.write(`killed ${JSON.stringify(kills)}\n`)
  } catch (error) {
    process.stderr.write(`${all.logs()}--- controller\n${controller.log.slice(-4000)}\n`)
    throw error
  }
})
s.run()
