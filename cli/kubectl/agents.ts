/** `kubectl swoll agents`: which there are, whether they answer, and by which way. */
import { SwollClient } from '../../client/client.ts'
import { type Agent, describeAgent } from '../../client/cluster/agent.ts'
import { ClusterAgents } from '../../client/cluster/connect.ts'
import { USUAL_NAMESPACE } from '../../client/cluster/discover.ts'
import type { Reached } from '../../client/cluster/reach.ts'
import { WAYS } from '../../client/cluster/ways.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { print, say } from '../standard-streams.ts'
import { toTable } from '../table.ts'
import { connect, decodeServiceAccount } from './connection.ts'
import type { TypedAgents, TypedKube } from './options.ts'

interface AgentRow {
  readonly node: string
  readonly agent: string
  readonly address: string
  readonly ready: boolean
  readonly way: string | undefined
  readonly version: string | undefined
  readonly runningJobs: number | undefined
}

/** False: one of them could not be reached, or there is none. */
export async function listAgents(
  typed: TypedKube & TypedAgents & { readonly output: string },
  abort: AbortSignal,
): Promise<boolean> {
  const serviceAccount = decodeServiceAccount(typed)
  using connection = await connect(typed)
  const cluster = new ClusterAgents({
    ...typed,
    access: connection.access,
    namespace: typed.agentsNamespace,
    serviceAccount,
    caFile: typed.ca,
    ways: WAYS,
    clock: systemClock,
    abort,
  })
  using _ = { [Symbol.dispose]: () => cluster.close() }
  const found = await cluster.find()
  const reached = await cluster.reachAll(found, ({ message }) => say(`swoll: ${message}\n`))
  const rows = await Promise.all(found.map(agent => toRow(agent, reached, abort)))
  if (typed.output === 'json') print(`${JSON.stringify(rows, undefined, 2)}\n`)
  else if (rows.length === 0)
    say(
      `swoll: no agents were found in namespace ${typed.agentsNamespace ?? USUAL_NAMESPACE}; is the API on in the chart (api.enabled)? --agents-namespace looks elsewhere\n`,
    )
  else print(toTable(HEAD, rows.map(toCells)))
  return rows.length > 0 && reached.length === found.length
}

const HEAD = ['NODE', 'AGENT', 'ADDRESS', 'READY', 'WAY', 'VERSION', 'JOBS']

function toCells({ node, agent, address, ready, way, version, runningJobs }: AgentRow): string[] {
  return [
    node,
    agent,
    address,
    ready ? 'yes' : 'no',
    way ?? 'none',
    version ?? '?',
    String(runningJobs ?? '?'),
  ]
}

async function toRow(agent: Agent, reached: readonly Reached[], abort: AbortSignal): Promise<AgentRow> {
  const { node, namespace, pod, address, port, isReady } = agent
  const found = reached.find(each => each.agent === agent)
  const client = found && new SwollClient({ ...found.options, name: describeAgent(agent) })
  const [version, jobs] = await Promise.all([
    client?.version({ abort }).catch(() => undefined),
    client?.jobs({ abort }).catch(() => undefined),
  ])
  return {
    node,
    agent: pod === undefined ? '-' : `${namespace}/${pod}`,
    address: `${address.includes(':') ? `[${address}]` : address}:${port}`,
    ready: isReady,
    way: found?.way,
    version,
    runningJobs: jobs && Object.keys(jobs.running).length,
  }
}
