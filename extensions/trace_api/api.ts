/** The parts of the API, put together. */
import type { FastifyRequest } from 'fastify'
import type { Clock } from '../../pipeline/clock.ts'
import type { Create } from '../../pipeline/component.ts'
import type { Route } from '../../pipeline/http/route.ts'
import type { JobTable } from '../../trace/jobs/job.ts'
import { challengeOf } from './access.ts'
import { type Answered, createAccessLog } from './access-log.ts'
import type { Gate } from './auth/gate.ts'
import type { Config } from './config.ts'
import { Entrance } from './entrance.ts'
import { Mount } from './mount.ts'
import { RequestLimits } from './request-limits.ts'
import { aboutOperations } from './routes/about.ts'
import { catalogueOperations } from './routes/catalogue.ts'
import { creationOperations } from './routes/creation.ts'
import { jobOperations } from './routes/jobs.ts'
import { addressOf, type Operation } from './routes/operation.ts'
import { type StreamsContext, streamOperations } from './routes/streams.ts'
import { stuckOperation } from './routes/stuck.ts'
import { createConnect } from './streams/connect.ts'
import { PathStreams } from './streams/path-streams.ts'
import { Streams } from './streams/streams.ts'
import { createTelemetry, type Telemetry } from './telemetry.ts'

export interface Api {
  readonly routes: readonly Route[]
  close(): Promise<void>
}

interface ApiParts {
  readonly gate: Gate
  readonly table: JobTable
  readonly clock: Clock
  readonly version: string
}

/** The first segments of all paths, and their titles on the front page of the listener. */
const PATHS = {
  '/jobs': 'Trace jobs',
  '/trace': 'Calls of all jobs',
  '/syscalls': 'System calls that jobs may name',
  '/pods': 'Pods of this node',
  '/stuck': 'Calls in flight',
  '/openapi.json': 'The API of trace jobs, for programs',
  '/api': 'The API of trace jobs',
}

export function createApi(create: Create<Config>, parts: ApiParts): Api {
  const { config, log } = create
  const { gate, table, clock } = parts
  const paths = new PathStreams(table, clock)
  const entrance = new Entrance({
    gate,
    limits: new RequestLimits(config.limits.requests_per_second, clock),
    challenge: challengeOf(config.auth),
  })
  const telemetry = createTelemetry(create.meter, create.id)
  const answered = countAnswers(create, clock, { telemetry, entrance })
  const onError = (error: Error) => log.error({ error: error.stack }, 'Answering for trace jobs failed')
  const { clients, clients_per_user: clientsPerUser } = config.limits
  const streams = new Streams({ clients, clientsPerUser, clock, telemetry })
  const mount = new Mount({
    paths: PATHS,
    origins: config.allowed_origins,
    onError,
    async load() {
      const { createApplication } = await import('./application.ts')
      const connect = createConnect(mount, (request, status) => answered(request, { status, durationMs: 0 }))
      const operations = listOperations({ ...parts, streams, paths, connect })
      return createApplication({ node: table.node, operations, entrance, answered, onError })
    },
  })
  return {
    routes: mount.routes,
    async close() {
      paths.close()
      await mount.close()
    },
  }
}

function listOperations(context: ApiParts & StreamsContext): Operation[] {
  const { table, gate, version } = context
  const work = [
    ...jobOperations(context),
    ...creationOperations(context),
    ...streamOperations(context),
    stuckOperation(context),
    ...catalogueOperations({ node: table.node, gate, pods: table.pods }),
  ]
  return [...work, ...aboutOperations(work, version)]
}

interface Counting {
  readonly telemetry: Telemetry
  readonly entrance: Entrance
}

function countAnswers({ config, log }: Create<Config>, clock: Clock, { telemetry, entrance }: Counting) {
  const accessLog = createAccessLog(config.access_log, {
    log,
    write: line => void process.stdout.write(line),
  })
  const told = new WeakSet<FastifyRequest>()
  return (request: FastifyRequest, answer: Answered): void => {
    // A stream is told of at its beginning: nobody knows when it ends.
    if (told.has(request)) return
    told.add(request)
    telemetry.answered(request.routeOptions.url ?? 'none', answer.status)
    accessLog({
      ...answer,
      address: addressOf(request.raw),
      user: entrance.userOf(request),
      time: new Date(Number(clock.unixNano() / 1_000_000n)),
      method: request.method,
      target: request.originalUrl,
      httpVersion: request.raw.httpVersion,
    })
  }
}
