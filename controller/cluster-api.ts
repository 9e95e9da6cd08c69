/** The writes and single reads of the controller at the API server. */
import type { ApiClient } from '../kubernetes/client/api-client.ts'
import { ApiError, type ApiObject, type Verb } from '../kubernetes/client/api-error.ts'
import type { Clock } from '../pipeline/clock.ts'

export interface DeleteOptions {
  /** Only the object of this uid. */
  readonly uid?: string
}

/** All reject with ApiError; its status says why: 409 of `create`: there is one; of `update`: it has changed since. */
export interface ClusterApi {
  /** Undefined: there is none. */
  get<T>(object: ApiObject): Promise<T | undefined>
  /** `object` without a name. */
  create<T>(object: ApiObject, body: unknown): Promise<T>
  /** Replaces the object if its `resourceVersion` is that of `body`. */
  update<T>(object: ApiObject, body: unknown): Promise<T>
  /** False: there was none, or none of this uid. What it owns goes after it. */
  delete(object: ApiObject, options?: DeleteOptions): Promise<boolean>
}

/** Told of every request that was answered, or not (status 0). */
type OnRequest = (verb: Verb, object: ApiObject, status: number) => void

interface Options {
  readonly client: Pick<ApiClient, 'send'>
  readonly clock: Clock
  readonly onRequest: OnRequest
}

/** A write that takes longer has failed, as far as anybody knows. */
const TIMEOUT_MS = 30_000

export function createClusterApi({ client, clock, onRequest }: Options): ClusterApi {
  const send = async <T>(verb: Verb, object: ApiObject, body?: unknown): Promise<T> => {
    const deadline = new AbortController()
    const cancel = clock.after(TIMEOUT_MS, () => deadline.abort())
    try {
      const answer = await client.send<T>({ verb, object, body, abort: deadline.signal })
      onRequest(verb, object, 200)
      return answer
    } catch (error) {
      onRequest(verb, object, (error instanceof ApiError && error.status) || 0)
      throw error
    } finally {
      cancel()
    }
  }
  return {
    get: object => send<never>('get', object).catch(unlessStatus(404, undefined)),
    create: (object, body) => send('create', object, body),
    update: (object, body) => send('update', object, body),
    async delete(object, { uid } = {}) {
      const body = { propagationPolicy: 'Background', ...(uid !== undefined && { preconditions: { uid } }) }
      const deleted = send('delete', object, body).then(() => true)
      return deleted.catch(unlessStatus(404, false)).catch(unlessStatus(409, false))
    },
  }
}

/** Gives the value instead of a refusal with this status. */
export function unlessStatus<T>(status: number, value: T): (error: unknown) => T {
  return error => {
    if (error instanceof ApiError && error.status === status) return value
    throw error
  }
}

/** Whether the same request may go well later. */
export function isTemporary({ status }: ApiError): boolean {
  return status === undefined || status === 401 || status === 429 || status >= 500
}
