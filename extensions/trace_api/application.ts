/** The operations of the API as an application of fastify: who asks, may they, is the request right; then the operation, then its answer. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkAs, type Problem } from '../../pipeline/problems.ts'
import { NODE_HEADER } from '../../trace/api/stream.ts'
import type { Answered } from './access-log.ts'
import { ApiError } from './api-error.ts'
import type { Entrance } from './entrance.ts'
import { toAnswer } from './error-answer.ts'
import type { Application } from './mount.ts'
import { type Answer, addressOf, type Operation, type Texts } from './routes/operation.ts'

interface ApplicationOptions {
  readonly node: string
  readonly operations: readonly Operation[]
  readonly entrance: Entrance
  answered(request: FastifyRequest, answer: Answered): void
  onError(error: Error): void
}

const MAX_BODY_BYTES = 1024 * 1024
/** Ids have up to 253 characters, escapes three times as many. */
const MAX_PARAMETER = 768
const acceptAll = () => () => () => true
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'] as const

export async function createApplication(options: ApplicationOptions): Promise<Application> {
  const { default: fastify } = await import('fastify')
  const application: FastifyInstance = fastify({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      maxParamLength: MAX_PARAMETER,
    },
    // The absolute form of a target, RFC 9112, 3.2.2.
    rewriteUrl: ({ url = '' }) => url.replace(/^https?:\/\/[^/?#]*/i, ''),
    frameworkErrors: (error, _, reply) => send(reply, toAnswer(error, options.onError)),
    // Requests are checked by zod, and answers are made by JSON.stringify: nothing else is loaded for it.
    schemaController: {
      compilersFactory: { buildValidator: acceptAll as never, buildSerializer: () => () => JSON.stringify },
    },
  })
  addManners(application, options)
  addOperations(application, options)
  await application.ready()
  return application
}

function addManners(
  application: FastifyInstance,
  { node, entrance, answered, onError }: ApplicationOptions,
): void {
  application.removeAllContentTypeParsers()
  application.addContentTypeParser('*', { parseAs: 'string' }, async (_: FastifyRequest, body: string) =>
    decodeBody(body),
  )
  const headers = { [NODE_HEADER]: node, 'cache-control': 'no-store' }
  application.addHook('onRequest', async (_, reply) => void reply.headers(headers))
  application.addHook('onResponse', async (request, reply) => {
    const bytes = Number(reply.getHeader('content-length') ?? 0)
    answered(request, { status: reply.statusCode, bytes, durationMs: reply.elapsedTime })
  })
  application.setErrorHandler((error, request, reply) => {
    const answer = toAnswer(error as Error, onError)
    entrance.refused(request, answer)
    return send(reply, answer)
  })
  application.setNotFoundHandler(async (request, reply) => {
    await entrance.enter(request, reply, undefined)
    throw new ApiError(404, `${request.url}: must be a path of the API; GET /api lists them`)
  })
}

function addOperations(application: FastifyInstance, { operations, entrance }: ApplicationOptions): void {
  const byPath = Map.groupBy(operations, ({ path }) => path)
  for (const [path, own] of byPath) {
    const url = path.replace(/\{(\w+)\}/g, ':$1')
    for (const operation of own)
      application.route({
        method: operation.method,
        url,
        onRequest: (request, reply) => entrance.enter(request, reply, operation.right),
        handler: (request, reply) => run(operation, entrance, request, reply),
      })
    const methods: string[] = own.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    const allow = [...methods, 'OPTIONS'].join(', ')
    application.route({
      method: 'OPTIONS',
      url,
      handler: (request, reply) => entrance.preflight(request, reply, allow),
    })
    application.route({
      method: METHODS.filter(method => !methods.includes(method)),
      url,
      exposeHeadRoute: false,
      onRequest: async (request, reply) => {
        await entrance.enter(request, reply, undefined)
        const message = `${request.url}: must be asked for with ${allow}, got ${request.method}`
        throw new ApiError(405, message, { headers: { allow } })
      },
      handler: () => {},
    })
  }
}

async function run(
  operation: Operation,
  entrance: Entrance,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { params, query, body } = checkParts(operation, request)
  const who = entrance.whoIs(request)
  const address = addressOf(request.raw)
  const answer = await operation.run({ params, query, body, who, address, request, reply })
  return answer === undefined ? reply : send(reply, answer)
}

/** Throws 400 with every mistake of all parts. */
function checkParts(operation: Operation, request: FastifyRequest) {
  const problems: Problem[] = []
  const check = (name: 'params' | 'query' | 'body', at: string): unknown => {
    const schema = operation[name]
    if (!schema) return undefined
    const checked = checkAs(schema, name === 'query' ? { ...(request.query as Texts) } : request[name])
    if ('value' in checked) return checked.value
    for (const { path, message } of checked.problems)
      problems.push({ path: [at, path].filter(Boolean).join('.'), message })
    return undefined
  }
  const parts = { params: check('params', 'path'), query: check('query', 'query'), body: check('body', '') }
  if (problems.length === 0) return parts
  const all = problems.map(({ path, message }) => `${path || 'body'}: ${message}`).join('; ')
  throw new ApiError(400, all, { problems })
}

function decodeBody(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ApiError(400, `body: must be JSON (${(error as Error).message})`, { cause: error })
  }
}

function send(reply: FastifyReply, { status, body, type, headers = {} }: Answer): FastifyReply {
  const isText = type !== undefined && typeof body === 'string'
  const text = body === undefined ? '' : isText ? body : `${JSON.stringify(body)}\n`
  // A body that nobody wants is read to its end, unless that is far away.
  if (!reply.request.raw.complete && isLong(reply.request)) reply.header('connection', 'close')
  if (text !== '') reply.type(type ?? 'application/json; charset=utf-8')
  return reply
    .code(status)
    .headers(headers)
    .send(text === '' ? undefined : text)
}

function isLong({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > MAX_BODY_BYTES
}
