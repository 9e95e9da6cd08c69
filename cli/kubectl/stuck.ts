/** `kubectl swoll stuck`: which threads of pods are inside which system calls, on all nodes. */
import { tell } from '../commands/stuck.ts'
import { askAgents } from '../stuck/agents.ts'
import { decodeRemoteThreads, type TypedRemote } from '../stuck/decode-agents.ts'
import { Usage } from '../trace/usage.ts'
import { connect } from './connection.ts'
import type { TypedAgents, TypedKube } from './options.ts'
import { reachAgents } from './reached-agents.ts'

export type TypedKubeStuck = TypedKube & TypedAgents & Omit<TypedRemote, 'namespace' | 'pod' | 'unit'>

/** The exit code, as that of `swoll stuck`. `pods`: none: all of the namespace. Throws USAGE_INVALID, AGENT_UNREACHABLE. */
export async function stuck(
  typed: TypedKubeStuck,
  pods: readonly string[],
  abort: AbortSignal,
): Promise<number> {
  using connection = await connect(typed)
  const { namespace } = connection
  const usage = new Usage()
  const { namespace: _, ...view } = typed
  const options = decodeRemoteThreads(
    {
      ...view,
      ...(namespace !== undefined && { namespace: [namespace] }),
      ...(pods.length > 0 && { pod: pods.map(each => each.replace(/^pods?\//, '')) }),
    },
    usage,
  )
  usage.check()
  using reached = await reachAgents(typed, connection, abort)
  const { answers, missing } = await askAgents(reached.asked, options.query, abort)
  return tell(answers, [...reached.missing, ...missing], options)
}
