/** The log of a Trace's Job, line by line as its pod writes it, each line once whatever breaks between. */
import type { ApiClient } from '../../kubernetes/client/api-client.ts'
import { ApiError, type ApiObject } from '../../kubernetes/client/api-error.ts'
import type { Clock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { pause } from '../../pipeline/pause.ts'
import { LogCursor, readLogLines } from './log-cursor.ts'

const POLL_MS = 500
const LONGEST_PAUSE_MS = 10_000
/** Longest that a pod may take to start, with its image to be fetched. */
const START_LIMIT_MS = 180_000
/** Longest without the API server, in which its Job goes on to write. */
const PATIENCE_MS = 300_000

interface ReaderPod {
  readonly metadata: {
    readonly name: string
    readonly creationTimestamp?: string
    readonly deletionTimestamp?: string
  }
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly message?: string
    }[]
    readonly containerStatuses?: readonly { readonly state?: ContainerState }[]
  }
}
interface ContainerState {
  readonly running?: object
  readonly terminated?: object
  readonly waiting?: { readonly reason?: string; readonly message?: string }
}

export interface ReaderOptions {
  readonly client: ApiClient
  readonly namespace: string
  /** The name of the Trace. */
  readonly name: string
  readonly clock: Clock
  readonly abort: AbortSignal
  /** Told of what is waited for, once each. */
  readonly onWaiting: (text: string) => void
  /** Asked while there is no pod: whether there will be none. Throws where that is a failure. */
  readonly isOver: () => Promise<boolean>
}

/** A line of a pod's log. Another pod may tell what the one before it told. */
export interface ReaderLine {
  readonly pod: string
  readonly text: string
}

/** Lines until the pod has ended, or `abort`. Throws READER_FAILED when none starts, ApiError when the API server refuses or stays away. */
export async function* followReader(options: ReaderOptions): AsyncGenerator<ReaderLine> {
  const { clock, abort } = options
  /** Pods whose logs were read. */
  const read = new Set<string>()
  let pod = await waitForPod(options, read)
  let cursor = new LogCursor()
  let lastMs = clock.monotonicMs()
  let failures = 0
  while (pod !== undefined && !abort.aborted) {
    read.add(pod)
    try {
      for await (const text of openLog(options, pod, cursor)) {
        lastMs = clock.monotonicMs()
        failures = 0
        yield { pod, text }
      }
      const next = await findNext(options, pod, read)
      if (next === undefined) return
      if (next !== pod) cursor = new LogCursor()
      pod = next
    } catch (error) {
      if (abort.aborted) return
      const isRefused = error instanceof ApiError && [401, 403].includes(error.status ?? 0)
      if (!(error instanceof ApiError) || isRefused || clock.monotonicMs() - lastMs > PATIENCE_MS) throw error
    }
    await pause(clock, Math.min(POLL_MS * 2 ** failures++, LONGEST_PAUSE_MS), abort)
  }
}

async function* openLog({ client, namespace, abort }: ReaderOptions, pod: string, cursor: LogCursor) {
  const object = { ...podsOf(namespace), name: pod, subresource: 'log' }
  const query = { follow: 'true', timestamps: 'true', ...cursor.query() }
  const body = await client.open({ verb: 'get', object, query, abort }, '*/*')
  for await (const line of readLogLines(body)) {
    const text = cursor.take(line)
    if (text !== undefined) yield text
  }
}

/** The pod again while it runs, another that took its place, or undefined: the work is done. */
async function findNext(
  options: ReaderOptions,
  last: string,
  read: ReadonlySet<string>,
): Promise<string | undefined> {
  const pods = await listPods(options)
  const same = pods.find(({ metadata }) => metadata.name === last)
  if (same !== undefined && !hasEnded(same)) return last
  const other = pods.find(each => !read.has(each.metadata.name) && hasStarted(each))
  if (other !== undefined) return other.metadata.name
  return same?.status?.phase === 'Failed' ? waitForPod(options, read) : undefined
}

/** Undefined: there will be none, or `abort` came first. */
async function waitForPod(options: ReaderOptions, read: ReadonlySet<string>): Promise<string | undefined> {
  const { clock, abort, isOver, onWaiting } = options
  const untilMs = clock.monotonicMs() + START_LIMIT_MS
  let said = ''
  while (!abort.aborted) {
    const pod = (await listPods(options)).findLast(({ metadata }) => !read.has(metadata.name))
    if (pod !== undefined && hasStarted(pod)) return pod.metadata.name
    const why = pod === undefined ? 'its pod' : (whyWaiting(pod) ?? `the pod ${pod.metadata.name}`)
    if (why !== said) onWaiting(why)
    said = why
    // A Trace can be over before its pod runs, which then reads what the agents have kept.
    if ((await isOver()) && pod === undefined) return undefined
    if (clock.monotonicMs() > untilMs)
      throw new SwollError(
        'READER_FAILED',
        `Trace ${options.name}: must have a pod that reads it, got none in ${START_LIMIT_MS / 1000} s (waiting for ${why})`,
      )
    await pause(clock, POLL_MS, abort)
  }
  return undefined
}

/** In the order of their creation, less those that go. */
async function listPods({ client, namespace, name, abort }: ReaderOptions): Promise<ReaderPod[]> {
  type List = { readonly items: ReaderPod[] }
  const query = { labelSelector: `sw-job=${name}` }
  const { items } = await client.send<List>({ verb: 'list', object: podsOf(namespace), query, abort })
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1))
}

const podsOf = (namespace: string): ApiObject => ({ group: '', version: 'v1', resource: 'pods', namespace })

function hasEnded({ status }: ReaderPod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

function hasStarted(pod: ReaderPod): boolean {
  const state = pod.status?.containerStatuses?.[0]?.state
  return hasEnded(pod) || state?.running !== undefined || state?.terminated !== undefined
}

/** What the pod's status says of it, such as `ImagePullBackOff: …`. */
function whyWaiting({ status }: ReaderPod): string | undefined {
  const { reason, message } = status?.containerStatuses?.[0]?.state?.waiting ?? {}
  if (reason !== undefined && reason !== 'ContainerCreating')
    return message ? `${reason}: ${message}` : reason
  const unscheduled = status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  )
  return unscheduled?.message
}
