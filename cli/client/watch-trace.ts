/**
 * `swoll client watch --trace NAME`: the calls of a Trace resource, of the nodes that its status names, as they come and go. Needs no more
 * than the rights to get and watch this one resource: the Job of a Trace runs it, and its log has the calls.
 */

import type { Cursor, Streamed } from '../../client/client.ts'
import { clusterAccess } from '../../client/cluster/access.ts'
import { Merger } from '../../client/merge.ts'
import { ApiClient } from '../../kubernetes/client/api-client.ts'
import { followObject } from '../../kubernetes/client/follow-object.ts'
import type { RawObject } from '../../kubernetes/client/list-watch.ts'
import { onAbort } from '../../pipeline/abort.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { pause } from '../../pipeline/pause.ts'
import { API_VERSION } from '../../trace/api/documents.ts'
import { say as sayInWords, stderr } from '../stderr.ts'
import type { Wishes } from '../trace/wishes.ts'
import { type Agent, type Login, openAgent, podToken } from './agents.ts'
import { runView } from './run-view.ts'
import type { ViewOptions } from './view.ts'
import { watchOn } from './watch.ts'

const [GROUP, VERSION] = API_VERSION.split('/') as [string, string]
/** For what was traced until the end. */
const LAST_MESSAGES_MS = 10_000
/** Of a trace. */
const ENDS: readonly (string | undefined)[] = ['Complete', 'Failed']
/** Of a node: there is nothing to read there, yet or any more. */
const UNREADABLE: readonly string[] = ['Pending', 'Gone']

interface NodeOfTrace {
  readonly node: string
  readonly endpoint: string
  readonly job: string
  readonly state: string
}

/** What is read of a Trace. */
interface TraceObject extends RawObject {
  readonly status?: {
    readonly state?: string
    readonly message?: string
    readonly nodes?: readonly NodeOfTrace[]
  }
}

interface WatchTraceOptions {
  readonly trace: string
  readonly namespace: string
  readonly kubeconfig: string | undefined
  readonly login: Login
  readonly view: ViewOptions
  readonly wishes: Wishes
}

/** Resolves when the trace is over, or gone. False: it failed, or a node did. Throws ApiError for a trace that is not there. */
export async function watchTrace(options: WatchTraceOptions): Promise<boolean> {
  const { trace: name, namespace, kubeconfig, view, wishes } = options
  const say = view.output === 'json' ? sayInJson : sayInWords
  const client = new ApiClient(await clusterAccess({ path: kubeconfig }))
  const end = new AbortController()
  using _ = onAbort(wishes.stop, () => end.abort())
  const object = { group: GROUP, version: VERSION, resource: 'traces', namespace, name }
  const onFailure = (error: Error) => say(error.message)
  const states = followObject<TraceObject>({
    client,
    object,
    clock: systemClock,
    abort: end.signal,
    onFailure,
  })
  const nodes = new NodeStreams(options.login)
  const following = nodes.follow(states, say)
  following.catch(() => {}) // told when the view is over, which it then is
  try {
    const agents = nodes.agents
    const shown = await runView({ merger: nodes.merger, agents, view, say, wishes, abort: end.signal })
    end.abort()
    return (await following) && shown
  } finally {
    end.abort()
    client.close()
  }
}

/** The log of a container has both outputs in one: every line of it is an object. */
function sayInJson(message: string): void {
  stderr().write(`${JSON.stringify({ version: 1, type: 'notice', message })}\n`)
}

interface NodeStream {
  readonly end: AbortController
  cursor: Cursor | undefined
}

const WATCHED = { isFromStart: true, whenMissing: 'retry' } as const

async function* remembering(
  stream: NodeStream,
  watch: (after: Cursor | undefined) => AsyncIterable<Streamed>,
): AsyncGenerator<Streamed> {
  for await (const streamed of watch(stream.cursor)) {
    if ('message' in streamed) stream.cursor = streamed.cursor ?? stream.cursor
    yield streamed
  }
}

/** The streams of the nodes of a trace. */
class NodeStreams {
  readonly merger = new Merger()
  /** Grows with the nodes that have been seen. */
  readonly agents: Agent[] = []
  readonly #login: Login
  /** By node, endpoint and job: what ends its stream, and where it had come to. */
  readonly #streams = new Map<string, NodeStream>()

  constructor(login: Login) {
    this.#login = { ...login, token: login.token ?? podToken() }
  }

  /** Resolves when the trace is over and its streams are, or have had their time. False: it failed. */
  async follow(
    states: AsyncIterable<TraceObject | undefined>,
    say: (text: string) => void,
  ): Promise<boolean> {
    let last: TraceObject | undefined
    try {
      for await (const trace of states) {
        if (trace === undefined) break
        last = trace
        this.#update(trace.status?.nodes ?? [])
        if (ENDS.includes(trace.status?.state)) break
      }
      return this.#isGood(last, say)
    } finally {
      this.merger.close()
      void this.#endLater()
    }
  }

  #isGood(trace: TraceObject | undefined, say: (text: string) => void): boolean {
    if (trace?.status?.state !== 'Failed') return true
    say(`the trace has failed: ${trace.status.message ?? 'its status has no message'}`)
    return false
  }

  #update(nodes: readonly NodeOfTrace[]): void {
    const wanted = new Map(
      nodes
        .filter(({ state, endpoint }) => !UNREADABLE.includes(state) && endpoint !== '')
        .map(node => [`${node.node} ${node.endpoint} ${node.job}`, node]),
    )
    for (const [key, stream] of this.#streams) if (!wanted.has(key)) stream.end.abort()
    for (const [key, node] of wanted)
      if (this.#streams.get(key)?.end.signal.aborted !== false) this.#begin(key, node)
  }

  /** A node that comes back goes on where it was. */
  #begin(key: string, { node, endpoint, job }: NodeOfTrace): void {
    const stream: NodeStream = { end: new AbortController(), cursor: this.#streams.get(key)?.cursor }
    this.#streams.set(key, stream)
    const agent = openAgent(endpoint, this.#login, node)
    if (!this.agents.some(({ name }) => name === node)) this.agents.push(agent)
    const { client } = agent
    this.merger.add(
      node,
      remembering(stream, after => watchOn({ ...WATCHED, client, id: job, after, abort: stream.end.signal })),
    )
  }

  async #endLater(): Promise<void> {
    await pause(systemClock, LAST_MESSAGES_MS)
    for (const { end } of this.#streams.values()) end.abort()
  }
}
