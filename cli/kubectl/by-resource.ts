/** A trace by a Trace resource: made, read by the log of its Job, and deleted on every way out. */
import type { ApiClient } from '../../kubernetes/client/api-client.ts'
import type { Cancel, Clock } from '../../pipeline/clock.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { TraceSpec } from '../../trace/api/spec.ts'
import { readerStream } from './reader-stream.ts'
import { createTrace, deleteSurely, getTrace, type TraceObject } from './trace-resource.ts'

/** It ends after this time, unless told otherwise: also where nobody can delete it any more. */
const DURATION = '1h'
/** It goes by itself so long after its end. */
const TTL_SECONDS = 300
/** For the API server to agree to the deletion. */
const DELETE_MS = 15_000
const READ_MS = 5000
/** Between looks at what the controller says meanwhile. */
const LOOK_MS = 2000
/** A controller that is there says something of a Trace within this. */
const CONTROLLER_MS = 20_000

interface ResourceTraceOptions {
  readonly client: ApiClient
  readonly namespace: string
  readonly name: string
  readonly spec: TraceSpec
  readonly clock: Clock
  readonly abort: AbortSignal
  readonly say: (text: string) => void
}

export class ResourceTrace implements AsyncDisposable {
  readonly #options: ResourceTraceOptions
  #startedMs = 0
  #deleted: Promise<boolean> | undefined
  #stopLooking: Cancel = () => {}
  #isLooking = false
  /** The last messages of conditions. */
  readonly #said = new Map<string, string>()

  constructor(options: ResourceTraceOptions) {
    this.#options = options
  }

  /** Throws ApiError. What may have come about all the same is deleted in the end. */
  async start(): Promise<void> {
    const { spec, name, clock } = this.#options
    this.#startedMs = clock.monotonicMs()
    await createTrace(this.#options, name, {
      ...spec,
      duration: spec.duration ?? DURATION,
      output: ['logs'],
      ttlSecondsAfterFinished: TTL_SECONDS,
    })
    this.#stopLooking = clock.every(LOOK_MS, () => void this.#look())
  }

  /** Says on how many nodes calls are traced by now: those that were made before are not shown. */
  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    this.#sayNews((await this.read())?.status)
    this.#isLooking = false
  }

  /** What it traces, until it is over. Throws TRACE_FAILED, READER_FAILED and ApiError. */
  stream() {
    const { client, namespace, name, clock, abort, say } = this.#options
    const onWaiting = (text: string) => say(`waiting for ${text}`)
    return readerStream({ client, namespace, name, clock, abort, onWaiting, isOver: () => this.#isOver() })
  }

  /** As it is now; undefined: it cannot be read any more. */
  async read(): Promise<TraceObject | undefined> {
    const { client, namespace, name, clock } = this.#options
    using deadline = startDeadline(READ_MS, clock)
    return await getTrace({ client, namespace, abort: deadline.signal }, name).catch(() => undefined)
  }

  /** Deletes it, whatever has become of it; false: it could not be, which has been said. Once only, whoever asks. */
  delete(): Promise<boolean> {
    this.#stopLooking()
    this.#deleted ??= this.#deleteNow()
    return this.#deleted
  }

  async #deleteNow(): Promise<boolean> {
    const { client, namespace, name, clock, say } = this.#options
    using deadline = startDeadline(DELETE_MS, clock)
    try {
      await deleteSurely({ client, namespace, abort: deadline.signal }, name, clock)
      return true
    } catch (error) {
      say(
        `the Trace ${name} could not be deleted: ${(error as Error).message}; it ends by itself, or by: kubectl delete trace -n ${namespace} ${name}`,
      )
      return false
    }
  }

  async #isOver(): Promise<boolean> {
    const { status } = await getTrace(this.#options, this.#options.name)
    if (status?.state === 'Failed') throw failure(this.#options.name, status)
    this.#sayNews(status)
    const isLate = this.#options.clock.monotonicMs() - this.#startedMs > CONTROLLER_MS
    if (status === undefined && isLate)
      throw new SwollError(
        'TRACE_FAILED',
        `Trace ${this.#options.name}: must be seen to by the controller, got nothing in ${CONTROLLER_MS / 1000} s; is swoll controller running?`,
      )
    return status?.state === 'Complete'
  }

  #sayNews(status: TraceObject['status']): void {
    this.#sayNew(status, 'Scheduled', 'tracing ')
    this.#sayNew(status, 'Degraded')
  }

  /** The message of a condition that is true, unless it is the one that was said last. */
  #sayNew(status: TraceObject['status'], type: 'Scheduled' | 'Degraded', prefix = ''): void {
    const message = status?.conditions?.find(each => each.type === type && each.status === 'True')?.message
    if (message === undefined || message === this.#said.get(type)) return
    this.#said.set(type, message)
    this.#options.say(prefix + message)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete()
  }
}

function failure(
  name: string,
  { reason, message, nodes = [] }: NonNullable<TraceObject['status']>,
): SwollError {
  const said = nodes.flatMap(each => (each.message === undefined ? [] : [`\n${each.node}: ${each.message}`]))
  return new SwollError('TRACE_FAILED', `Trace ${name}: ${message ?? reason ?? 'failed'}${said.join('')}`)
}
