/** Trace resources, as this plugin makes and reads them. */
import { randomBytes } from 'node:crypto'
import type { ApiClient } from '../../kubernetes/client/api-client.ts'
import { ApiError, type ApiObject } from '../../kubernetes/client/api-error.ts'
import { readJsonItems } from '../../kubernetes/client/json-stream.ts'
import type { Clock } from '../../pipeline/clock.ts'
import { pause } from '../../pipeline/pause.ts'
import { API_VERSION, GROUP, KIND } from '../../trace/api/documents.ts'
import type { TraceSpec } from '../../trace/api/spec.ts'

export interface TraceObject {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly creationTimestamp?: string
    readonly deletionTimestamp?: string
  }
  readonly spec?: TraceSpec & { readonly schedule?: string }
  readonly status?: {
    readonly state?: string
    readonly reason?: string
    readonly message?: string
    readonly job?: string
    readonly matched?: number
    readonly calls?: number
    readonly lost?: number
    readonly startTime?: string
    readonly completionTime?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason?: string
      readonly message?: string
    }[]
    readonly nodes?: readonly {
      readonly node: string
      readonly state: string
      readonly matched?: number
      readonly calls?: number
      readonly lost?: number
      readonly message?: string
    }[]
  }
}

/** Deleting is tried so often, with so much between, whatever has gone wrong. */
const TRIES = 5
const RETRY_MS = 1000

interface Traces {
  readonly client: ApiClient
  /** Undefined: all. */
  readonly namespace: string | undefined
  readonly abort: AbortSignal
}

function traceObject(namespace: string | undefined, name?: string): ApiObject {
  return { group: GROUP, version: 'v1alpha1', resource: 'traces', namespace, name }
}

/** `kubectl-alice-x3k9qz`: whose it is, and no other's. A name of at most 40 characters, since those of its Job are longer. */
export function newTraceName(user: string | undefined): string {
  const who = (user ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 20)
    .replace(/^-+|-+$/g, '')
  const random = [...randomBytes(6)].map(byte => (byte % 36).toString(36)).join('')
  return ['kubectl', who, random].filter(part => part !== '').join('-')
}

export async function createTrace(
  { client, namespace, abort }: Traces,
  name: string,
  spec: TraceSpec,
): Promise<TraceObject> {
  const body = { apiVersion: API_VERSION, kind: KIND, metadata: { name, namespace }, spec }
  return client.send<TraceObject>({ verb: 'create', object: traceObject(namespace), body, abort })
}

export async function getTrace({ client, namespace, abort }: Traces, name: string): Promise<TraceObject> {
  return client.send<TraceObject>({ verb: 'get', object: traceObject(namespace, name), abort })
}

export async function listTraces({ client, namespace, abort }: Traces): Promise<readonly TraceObject[]> {
  const traces: TraceObject[] = []
  const body = await client.open({ verb: 'list', object: traceObject(namespace), abort })
  await readJsonItems(body, item => void traces.push(item as TraceObject))
  return traces
}

/** Resolves when the API server has agreed, or knew of none: false. Its finalizer may keep it for a while. Throws ApiError. */
export async function deleteTrace({ client, namespace, abort }: Traces, name: string): Promise<boolean> {
  try {
    await client.send({ verb: 'delete', object: traceObject(namespace, name), abort })
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false
    throw error
  }
}

/** The same, again and again if the API server does not answer. Throws the last ApiError. */
export async function deleteSurely(traces: Traces, name: string, clock: Clock): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await deleteTrace(traces, name)
      return
    } catch (error) {
      const isFinal = error instanceof ApiError && error.status === 403
      if (isFinal || tries >= TRIES) throw error
      await pause(clock, RETRY_MS, traces.abort)
    }
  }
}
