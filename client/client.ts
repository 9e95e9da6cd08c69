/** The client of one agent's API. This file is what `import { SwollClient } from 'swoll/client'` gives. */
import type { z } from 'zod'
import { formatDuration } from '../pipeline/duration.ts'
import { type StatsQueryInput, statsQuery } from '../stats/api/query.ts'
import type { StatsTable } from '../stats/api/table.ts'
import { toParameters } from '../stats/api/to-parameters.ts'
import type {
  createdJob,
  JobDocument,
  JobList,
  JobStatus,
  PodList,
  SyscallList,
} from '../trace/api/documents.ts'
import type { InFlightDocument } from '../trace/api/in-flight.ts'
import type { nodeTargets, TraceSpec } from '../trace/api/spec.ts'
import type { Cursor } from '../trace/api/stream.ts'
import {
  decodeCreated,
  decodeDeleted,
  decodeInFlight,
  decodeJob,
  decodeJobs,
  decodePods,
  decodeStats,
  decodeStatus,
  decodeSyscalls,
  decodeVersion,
} from './documents.ts'
import { ClientError } from './errors.ts'
import { Transport } from './http.ts'
import type { ClientOptions } from './options.ts'
import {
  type ConnectionChange,
  type Streamed,
  type StreamMessage,
  type WatchOptions,
  watchStream,
} from './watch.ts'

export type {
  ConnectionChange,
  InFlightDocument,
  PodList,
  StatsQueryInput,
  StatsTable,
  Streamed,
  StreamMessage,
  SyscallList,
  TraceSpec,
  WatchOptions,
}
export { ClientError, type ClientOptions, type Cursor, type JobDocument, type JobList, type JobStatus }
export type CreatedJob = z.output<typeof createdJob>
export type {
  CallMessage,
  EndMessage,
  LostMessage,
  OverMessage,
  TraceMessage,
} from '../trace/formats/messages.ts'

/** Whose calls: of the pods of a namespace, or of the node (absent: of all its containers). */
export type Place =
  | { readonly namespace: string }
  | { readonly namespace?: undefined; readonly node?: z.input<typeof nodeTargets> | undefined }

export interface JobOptions {
  /** Absent: the agent makes one. */
  readonly id?: string | undefined
  /** The name of the Trace; absent: the id. */
  readonly name?: string | undefined
  /** The job ends unless `ensure` renews it within this time. Absent: it needs no renewal. */
  readonly leaseMs?: number | undefined
  readonly abort?: AbortSignal | undefined
}

/** Narrows the stream of all jobs. */
export interface StreamScope {
  readonly namespace?: string | undefined
  readonly pod?: string | undefined
  readonly container?: string | undefined
}

/** Whose calls in flight, and which; what is absent is all. */
export interface StuckQuery {
  readonly namespaces?: readonly string[] | undefined
  readonly pods?: readonly string[] | undefined
  readonly containers?: readonly string[] | undefined
  /** Not together with what is in pods. */
  readonly units?: readonly string[] | undefined
  /** Calls, classes, groups. */
  readonly syscalls?: readonly string[] | undefined
  /** In the call for so long or longer. Absent: a second. */
  readonly minMs?: number | undefined
  /** Most threads of the answer. Absent: 1000. */
  readonly limit?: number | undefined
}

interface WithAbort {
  readonly abort?: AbortSignal | undefined
}

/** Every method rejects with ClientError, and with the reason of an aborted signal. Nothing is kept open between calls. */
export class SwollClient {
  readonly #transport: Transport

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options)
  }

  /** How errors name the agent. */
  get name(): string {
    return this.#transport.name
  }

  async jobs({ abort }: WithAbort = {}): Promise<JobList> {
    return (await this.#transport.call({ method: 'GET', path: '/jobs', abort }, decodeJobs)).body
  }

  /** A new job, which traces when this resolves. Status 409: the id is taken. */
  async create(place: Place, spec: TraceSpec, options: JobOptions = {}): Promise<CreatedJob> {
    const { id, abort } = options
    const path = pathOf(place) + queryOf({ ...toQuery(options), id })
    const body = bodyOf(place, spec)
    return (await this.#transport.call({ method: 'POST', path, body, abort }, decodeCreated)).body
  }

  /** The same, unless a job of this id and specification is there: its lease begins anew. Status 409: it has another specification. */
  async ensure(
    place: Place,
    spec: TraceSpec,
    options: JobOptions & { readonly id: string },
  ): Promise<{ readonly job: CreatedJob; readonly isNew: boolean }> {
    const path = `${pathOf(place)}/${encodeURIComponent(options.id)}${queryOf(toQuery(options))}`
    const request = { method: 'PUT', path, body: bodyOf(place, spec), abort: options.abort } as const
    const { status, body } = await this.#transport.call(request, decodeCreated)
    return { job: body, isNew: status === 201 }
  }

  async get(id: string, { abort }: WithAbort = {}): Promise<JobDocument> {
    return (await this.#transport.call({ method: 'GET', path: jobPath(id), abort }, decodeJob)).body
  }

  /** Ends the job and forgets it. Status 404: there is none. */
  async delete(id: string, { abort }: WithAbort = {}): Promise<void> {
    await this.#transport.call({ method: 'DELETE', path: jobPath(id), abort }, decodeDeleted)
  }

  async status(id: string, { abort }: WithAbort = {}): Promise<JobStatus> {
    const path = `${jobPath(id)}/status`
    return (await this.#transport.call({ method: 'GET', path, abort }, decodeStatus)).body
  }

  /** The pods of the node, as far as the caller may trace them. */
  async pods({ abort }: WithAbort = {}): Promise<PodList> {
    return (await this.#transport.call({ method: 'GET', path: '/pods', abort }, decodePods)).body
  }

  async syscalls({ abort }: WithAbort = {}): Promise<SyscallList> {
    return (await this.#transport.call({ method: 'GET', path: '/syscalls', abort }, decodeSyscalls)).body
  }

  /**
   * The calls that containers and units were seen to make since the agent began, as its exporter `charts` keeps them: the document that
   * `swoll seccomp` reads, unread. `query` as in /metrics/charts/data/seen.
   */
  async seen(query: URLSearchParams, { abort }: WithAbort = {}): Promise<unknown> {
    const text = query.toString()
    const path = `/metrics/charts/data/seen${text === '' ? '' : `?${text}`}`
    return (await this.#transport.call({ method: 'GET', path, abort }, document => document)).body
  }

  /**
   * The threads that are inside a call at this moment, as far as the caller may watch their calls. Status 404: the agent is of a version that does
   * not tell.
   */
  async stuck(query: StuckQuery = {}, { abort }: WithAbort = {}): Promise<InFlightDocument> {
    const { namespaces, pods, containers, units, syscalls, minMs, limit } = query
    const path = `/stuck${queryOf({
      namespace: namespaces?.join(),
      pod: pods?.join(),
      container: containers?.join(),
      unit: units?.join(),
      syscalls: syscalls?.join(),
      min: minMs === undefined ? undefined : formatDuration(minMs),
      limit: limit === undefined ? undefined : String(limit),
    })}`
    return (await this.#transport.call({ method: 'GET', path, abort }, decodeInFlight)).body
  }

  /** The version of the agent. */
  async version({ abort }: WithAbort = {}): Promise<string> {
    return (await this.#transport.call({ method: 'GET', path: '/openapi.json', abort }, decodeVersion)).body
  }

  /** Numbers of the last while, of the exporter `charts` at its usual path. Status 404: the agent has none. */
  async stats(query: StatsQueryInput, { abort }: WithAbort = {}): Promise<StatsTable> {
    const path = `/metrics/charts/data/table?${toParameters(statsQuery.parse(query))}`
    return (await this.#transport.call({ method: 'GET', path, abort }, decodeStats)).body
  }

  /** What the job traces, to its end, and what becomes of the connection. */
  watch(id: string, options: WatchOptions = {}): AsyncGenerator<Streamed> {
    return watchStream({ transport: this.#transport, path: `${jobPath(id)}/sse`, options })
  }

  /** Where the stream of a job begins: watched behind it, nothing is missed that the agent still has. */
  async startOf(id: string, options: WithAbort = {}): Promise<Cursor> {
    return { run: (await this.status(id, options)).run, seq: 0 }
  }

  /** Every event that any running job has matched, once, until `abort`. */
  watchAll(scope: StreamScope = {}, options: WatchOptions = {}): AsyncGenerator<Streamed> {
    const { namespace, pod, container } = scope
    const steps = [
      ['namespaces', namespace],
      ['pods', pod],
      ['containers', container],
    ] as const
    const path = steps.map(([step, name]) =>
      name === undefined ? '' : `/${step}/${encodeURIComponent(name)}`,
    )
    return watchStream({ transport: this.#transport, path: `/trace${path.join('')}/sse`, options })
  }
}

function jobPath(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`
}

function pathOf({ namespace }: Place): string {
  return namespace === undefined ? '/jobs' : `/jobs/namespaces/${encodeURIComponent(namespace)}`
}

function bodyOf(place: Place, spec: TraceSpec): object {
  return place.namespace === undefined ? { ...spec, ...place.node } : spec
}

function toQuery({ name, leaseMs }: JobOptions) {
  return { name, lease: leaseMs === undefined ? undefined : formatDuration(leaseMs) }
}

function queryOf(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(given as [string, string][]).toString()
  return query === '' ? '' : `?${query}`
}
