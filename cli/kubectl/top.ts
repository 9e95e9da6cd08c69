/** `kubectl swoll top`: the numbers of all agents of a cluster, as `swoll top` shows those of one host. */

import { SwollError } from '../../pipeline/errors.ts'
import { say } from '../stderr.ts'
import { decodeView } from '../top/decode-options.ts'
import type { TypedView } from '../top/options.ts'
import { refuseWithoutTerminal, topOfAgents } from '../top/run.ts'
import { Usage } from '../trace/usage.ts'
import { Wishes } from '../trace/wishes.ts'
import { connect } from './connection.ts'
import type { TypedAgents, TypedKube } from './options.ts'
import { reachAgents } from './reached-agents.ts'

export type TypedKubeTop = TypedKube & TypedAgents & Omit<TypedView, 'namespace' | 'allNamespaces'>

/** The exit code: 1 where an agent is missing. Throws USAGE_INVALID, AGENT_UNREACHABLE. */
export async function top(typed: TypedKubeTop, exitNow: () => void): Promise<number> {
  using connection = await connect(typed)
  const usage = new Usage()
  const { namespace: _, ...view } = typed
  const { namespace } = connection
  const options = decodeView({ ...view, ...(namespace !== undefined && { namespace }) }, true, usage)
  usage.check()
  if (options.mode === 'screen') refuseWithoutTerminal(process.stdin, process.stdout, process.env)
  const { stop } = new Wishes(exitNow)
  try {
    using reached = await reachAgents(typed, connection, stop)
    const { asked: agents, missing } = reached
    if (options.mode === 'screen') for (const text of missing) say(text)
    return await topOfAgents({ agents, missing }, options, stop)
  } catch (error) {
    if (stop.aborted && !(error instanceof SwollError)) return 0
    throw error
  }
}
