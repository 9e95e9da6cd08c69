/** One object as it changes, by GET and WATCH of its name: the rights `get` and `watch` on this name are enough. */
import type { Clock } from '../../pipeline/clock.ts'
import { pause } from '../../pipeline/pause.ts'
import type { ApiClient } from './api-client.ts'
import { ApiError, type ApiObject } from './api-error.ts'
import { readJsonLines } from './json-stream.ts'
import type { RawObject } from './list-watch.ts'

interface FollowOptions {
  readonly client: Pick<ApiClient, 'open' | 'send'>
  readonly object: ApiObject & { readonly name: string }
  readonly clock: Clock
  readonly abort: AbortSignal
  /** Told of what did not work; it is tried again. */
  readonly onFailure: (error: Error) => void
}

const WATCH_SECONDS = 300
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** Refusals that do not pass: asking again would change nothing. */
const FINAL: readonly (number | undefined)[] = [400, 401, 403, 404]

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: T & { readonly code?: number; readonly message?: string }
}

/**
 * The object now, and whenever it has changed, until `abort`; undefined, and the end, when it is deleted, or another one has taken its
 * name. Throws ApiError when it is not there in the beginning, or may not be read.
 */
export async function* followObject<T extends RawObject>(
  options: FollowOptions,
): AsyncGenerator<T | undefined> {
  const { client, object, clock, abort, onFailure } = options
  let uid: string | undefined
  for (let failures = 0; !abort.aborted; ) {
    try {
      const current = await client.send<T>({ verb: 'get', object, abort })
      if (uid !== undefined && uid !== current.metadata.uid) return yield undefined
      uid = current.metadata.uid
      yield current
      for await (const { type, object: changed } of watch<T>(options, current.metadata.resourceVersion)) {
        failures = 0
        if (type === 'DELETED') return yield undefined
        if (type !== 'BOOKMARK') yield changed
      }
    } catch (error) {
      if (abort.aborted) return
      const status = error instanceof ApiError ? error.status : undefined
      if (status === 404 && uid !== undefined) return yield undefined
      if (FINAL.includes(status)) throw error
      if (status !== 410) onFailure(error as Error)
      await pause(clock, Math.min(FIRST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS), abort)
    }
  }
}

async function* watch<T>(
  { client, object, abort }: FollowOptions,
  resourceVersion: string | undefined,
): AsyncGenerator<WatchEvent<T>> {
  const { name, ...kind } = object
  const query = {
    fieldSelector: `metadata.name=${name}`,
    watch: 'true',
    timeoutSeconds: `${WATCH_SECONDS}`,
    resourceVersion: resourceVersion ?? '',
  }
  for await (const event of readJsonLines(await client.open({ verb: 'watch', object: kind, query, abort }))) {
    const { type, object: changed } = event as WatchEvent<T>
    if (type === 'ERROR')
      throw new ApiError(`Kubernetes API: watch ${object.resource} ${name}: got ${changed.message}`, {
        status: changed.code ?? 0,
      })
    yield { type, object: changed }
  }
}
