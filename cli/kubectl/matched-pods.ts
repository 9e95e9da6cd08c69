/** The pods that a trace is about, as the API server knows them: for people, and for nodes that have no agent. */
import type { ApiClient } from '../../kubernetes/client/api-client.ts'
import { ApiError } from '../../kubernetes/client/api-error.ts'
import { toFieldText, toLabelText } from '../../trace/api/selectors.ts'
import type { TraceSpec } from '../../trace/api/spec.ts'

export interface MatchedPods {
  readonly pods: number
  /** By name, those that run one of the pods. */
  readonly nodes: ReadonlySet<string>
}

interface Question {
  readonly client: ApiClient
  readonly namespace: string | undefined
  readonly abort: AbortSignal
}

/** Undefined: they may not be listed, or the cluster has more than is worth asking for. */
export async function findPods(
  { client, namespace, abort }: Question,
  { labelSelector, fieldSelector, pods }: TraceSpec,
): Promise<MatchedPods | undefined> {
  const object = { group: '', version: 'v1', resource: 'pods', namespace }
  const selectors = { labelSelector: toLabelText(labelSelector), fieldSelector: toFieldText(fieldSelector) }
  const given = Object.entries(selectors).filter(([, text]) => text !== '')
  const query = { ...Object.fromEntries(given), limit: '500' }
  type List = {
    readonly metadata?: { readonly continue?: string }
    readonly items: readonly {
      readonly metadata: { readonly name: string }
      readonly spec?: { readonly nodeName?: string }
      readonly status?: { readonly phase?: string }
    }[]
  }
  try {
    const { items, metadata } = await client.send<List>({ verb: 'list', object, query, abort })
    if (metadata?.continue) return undefined
    const running = items.filter(
      ({ metadata, status }) => status?.phase === 'Running' && (pods?.includes(metadata.name) ?? true),
    )
    return { pods: running.length, nodes: new Set(running.flatMap(({ spec }) => spec?.nodeName ?? [])) }
  } catch (error) {
    if (error instanceof ApiError && !abort.aborted) return undefined
    throw error
  }
}
