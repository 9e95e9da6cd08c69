/** `kubectl swoll top`: the numbers of all agents of a cluster, as `swoll top` shows those of one host. */

import { SwollClient } from '../../client/client.ts'
import { ClusterAgents } from '../../client/cluster/connect.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { say } from '../stderr.ts'
import { decodeView } from '../top/decode-options.ts'
import type { TypedView } from '../top/options.ts'
import { refuseWithoutTerminal, topOfAgents } from '../top/run.ts'
import { Usage } from '../trace/usage.ts'
import { Wishes } from '../trace/wishes.ts'
import { connect, decodeServiceAccount } from './connection.ts'
import type { TypedAgents, TypedKube } from './options.ts'

export type TypedKubeTop = TypedKube & TypedAgents & Omit<TypedView, 'namespace' | 'allNamespaces'>

/** The exit code: 1 where an agent is missing. Throws USAGE_INVALID, AGENT_UNREACHABLE. */
export async function top(typed: TypedKubeTop, exitNow: () => void): Promise<number> {
  const serviceAccount = decodeServiceAccount(typed)
  using connection = await connect(typed)
  const usage = new Usage()
  const { namespace: _, ...view } = typed
  const { namespace } = connection
  const options = decodeView({ ...view, ...(namespace !== undefined && { namespace }) }, true, usage)
  usage.check()
  if (options.mode === 'screen') refuseWithoutTerminal(process.stdin, process.stdout, process.env)
  const { stop } = new Wishes(exitNow)
  const agents = new ClusterAgents({
    access: connection.access,
    namespace: typed.agentsNamespace,
    serviceAccount,
    caFile: typed.ca,
    serverName: typed.serverName,
    insecureSkipTlsVerify: typed.insecureSkipTlsVerify,
    clock: systemClock,
    abort: stop,
  })
  using _agents = { [Symbol.dispose]: () => agents.close() }
  try {
    const missing: string[] = []
    const found = await agents.find()
    const reached = await agents.reachAll(found, ({ message }) => missing.push(message))
    if (reached.length === 0) throw unreachable(missing)
    if (options.mode === 'screen') for (const text of missing) say(text)
    const asked = reached.map(({ agent, options: way }) => ({
      name: agent.node,
      client: new SwollClient({ ...way, name: agent.node }),
    }))
    return await topOfAgents({ agents: asked, missing }, options, stop)
  } catch (error) {
    if (stop.aborted && !(error instanceof SwollError)) return 0
    throw error
  }
}

function unreachable(missing: readonly string[]): SwollError {
  const why = missing.join('\n') || 'no agents were found; --agents-namespace says where they are'
  return new SwollError('AGENT_UNREACHABLE', why)
}
