/** Operations that go on: calls as they come, the status of a job every second. */
import { z } from 'zod'
import type { Clock } from '../../../pipeline/clock.ts'
import { apiError, jobStatus } from '../../../trace/api/documents.ts'
import { type Cursor, decodeCursor, RUN_HEADER } from '../../../trace/api/stream.ts'
import type { EventStream, Job, StreamPath } from '../../../trace/jobs/job.ts'
import { livePage } from '../pages/live-page.ts'
import type { Connect } from '../streams/connect.ts'
import type { PathStreams } from '../streams/path-streams.ts'
import type { Streams } from '../streams/streams.ts'
import { after, jobId, name, namespace } from './fields.ts'
import { findJob, type JobsContext } from './jobs.ts'
import { type Answer, addressOf, type Call, type Operation, operation, type Texts } from './operation.ts'

export interface StreamsContext extends JobsContext {
  readonly streams: Streams
  readonly paths: PathStreams
  readonly connect: Connect
  readonly clock: Clock
}

const ONE_JOB = z.object({ id: jobId })
const QUERY = z.strictObject({ after })
type Query = z.output<typeof QUERY>
const STATUS_MS = 1000

const ANSWERS = {
  websocket: {
    101: { description: 'A WebSocket: each text is one message' },
    426: { description: 'The request is not for a WebSocket', schema: apiError },
  },
  sse: {
    200: { description: 'Server-Sent Events: each is one message', type: 'text/event-stream' },
    204: { description: 'The stream is over, and all of it was seen' },
  },
} as const
type Kind = keyof typeof ANSWERS
const SUFFIX: Readonly<Record<Kind, string>> = { websocket: 'ws', sse: 'sse' }

export function streamOperations(context: StreamsContext): Operation[] {
  return [
    ...(['websocket', 'sse'] as const).map(kind => jobStream(context, kind)),
    status(context),
    ...PATHS.flatMap(path => [
      page(path),
      ...(['websocket', 'sse'] as const).map(kind => pathStream(context, path, kind)),
    ]),
  ]
}

function jobStream(context: StreamsContext, kind: Kind): Operation {
  return operation({
    id: kind === 'sse' ? 'streamJobEvents' : 'streamJob',
    method: 'GET',
    path: `/jobs/{id}/${SUFFIX[kind]}`,
    summary: 'The calls of a job as they come',
    params: ONE_JOB,
    query: QUERY,
    answers: { ...ANSWERS[kind], 404: { description: 'There is no such job', schema: apiError } },
    async run(call) {
      const found = await findJob(context, call.who, call.params.id, 'watch')
      const isAllowed = () =>
        context.gate.stillAllows(call.request.raw, call.who, 'watch', found.namespace, found.name)
      const about = { namespace: found.namespace, job: found.id }
      // HTML, 9.2.3: this is how a browser is told not to come back.
      if (kind === 'sse' && found.isOver && isBehindEnd(cursorOf(call), found)) return { status: 204 }
      return follow(context, call, { kind, stream: found.stream, leave: () => {}, isAllowed, about })
    },
  })
}

interface CallPath {
  readonly path: string
  readonly id: string
  readonly params: z.ZodType<StreamPath>
}

const PATHS: readonly CallPath[] = [
  { path: '/trace', id: 'All', params: z.object({}) },
  { path: '/trace/namespaces/{namespace}', id: 'Namespace', params: z.object({ namespace }) },
  {
    path: '/trace/namespaces/{namespace}/pods/{pod}',
    id: 'Pod',
    params: z.object({ namespace, pod: name }),
  },
  {
    path: '/trace/namespaces/{namespace}/pods/{pod}/containers/{container}',
    id: 'Container',
    params: z.object({ namespace, pod: name, container: name }),
  },
]

const watchRight = ({ namespace }: Texts) =>
  ({ verb: 'watch', namespace: namespace === undefined ? undefined : String(namespace) }) as const

function pathStream(context: StreamsContext, { path, id, params }: CallPath, kind: Kind): Operation {
  return operation({
    id: `stream${id}${kind === 'sse' ? 'Events' : ''}`,
    method: 'GET',
    path: `${path}/${SUFFIX[kind]}`,
    summary: 'Every call that any running job takes there, once',
    params,
    query: QUERY,
    answers: ANSWERS[kind],
    right: watchRight,
    run(call) {
      const { namespace } = call.params
      const isAllowed = () => context.gate.stillAllows(call.request.raw, call.who, 'watch', namespace)
      const { stream, leave } = context.paths.enter(call.params)
      return follow(context, call, { kind, stream, leave, isAllowed, about: { namespace } })
    },
  })
}

function page({ path, id, params }: CallPath): Operation {
  return operation({
    id: `show${id}`,
    method: 'GET',
    path,
    summary: 'A page with these calls as they come',
    params,
    answers: { 200: { description: 'For browsers', type: 'text/html' } },
    right: watchRight,
    run: ({ params, request }) => livePage(Object.values(params).join('/') || 'All calls', request.url),
  })
}

interface Followed {
  readonly kind: Kind
  readonly stream: EventStream
  /** Called once nobody reads it here any more. */
  leave(): void
  readonly about: { readonly namespace: string | undefined; readonly job?: string }
  isAllowed(): Promise<boolean>
}

async function follow(
  { streams, connect, gate }: StreamsContext,
  { who, query, request, reply }: Call<unknown, Query, unknown>,
  { kind, stream, about, leave, isAllowed }: Followed,
): Promise<Answer | undefined> {
  using open = new DisposableStack()
  open.defer(leave)
  if (request.method === 'HEAD') return { status: 200, type: 'text/event-stream' }
  open.defer(streams.enter(who.name))
  const reader = stream.open(cursorOf({ query, request }))
  open.defer(() => reader.close())
  const { outlet, closing } = await connect(kind, request, reply, { [RUN_HEADER]: stream.run })
  const rest = open.move()
  outlet.onClose(() => rest.dispose())
  gate.audit({ who, address: addressOf(request.raw), verb: 'watch', ...about, status: 200 })
  streams.mind(outlet, closing, isAllowed)
  streams.carry({ reader, run: stream.run, outlet })
  return undefined
}

/** Where the client wants to go on: what a browser says of itself, when it comes back, goes first. */
function cursorOf({
  query,
  request,
}: Pick<Call<unknown, Query, unknown>, 'query' | 'request'>): Cursor | undefined {
  const id = request.headers['last-event-id']
  return decodeCursor(typeof id === 'string' ? id : '') ?? decodeCursor(query.after ?? '')
}

function isBehindEnd(cursor: Cursor | undefined, job: Job): boolean {
  return cursor?.run === job.stream.run && cursor.seq >= job.status().seq.last
}

function status(context: StreamsContext): Operation {
  return operation({
    id: 'readStatus',
    method: 'GET',
    path: '/jobs/{id}/status',
    summary: 'How a job is doing; over a WebSocket every second, until it is over',
    params: ONE_JOB,
    answers: {
      101: { description: 'A WebSocket: each text is a status' },
      200: { description: 'The status', schema: jobStatus },
      404: { description: 'There is no such job', schema: apiError },
    },
    async run(call) {
      const { who, params, request } = call
      const found = await findJob(context, who, params.id)
      if (context.connect.isWebSocket(request)) return followStatus(context, call, found)
      return { status: 200, body: found.status() }
    },
  })
}

async function followStatus(
  { streams, connect, clock, gate }: StreamsContext,
  { who, request, reply }: Call<unknown, unknown, unknown>,
  job: Job,
): Promise<undefined> {
  using open = new DisposableStack()
  open.defer(streams.enter(who.name))
  const { outlet, closing } = await connect('websocket', request, reply, {})
  let isFull = false
  outlet.onDrain(() => {
    isFull = false
  })
  const tell = () => {
    if (isFull) return // who reads slowly is told less often
    isFull = !outlet.write(outlet.toMessage(JSON.stringify(job.status())))
    if (job.isOver) outlet.end('over')
  }
  open.defer(clock.every(STATUS_MS, tell))
  const rest = open.move()
  outlet.onClose(() => rest.dispose())
  const isAllowed = () => gate.stillAllows(request.raw, who, 'get', job.namespace, job.name)
  streams.mind(outlet, closing, isAllowed)
  tell()
}
