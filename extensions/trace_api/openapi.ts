/** The API as an OpenAPI 3.1 document, made from the operations and the schemas that requests are checked by. */
import { z } from 'zod'
import * as documents from '../../trace/api/documents.ts'
import { inFlightDocument } from '../../trace/api/in-flight.ts'
import { traceSpec } from '../../trace/api/spec.ts'
import { overMessage } from '../../trace/api/stream.ts'
import type { Operation } from './routes/operation.ts'

type Schema = z.core.JSONSchema.BaseSchema
type Direction = 'input' | 'output'

/** Schemas that are told once, by their names. */
const NAMED = {
  TraceSpec: traceSpec,
  Job: documents.job,
  CreatedJob: documents.createdJob,
  JobList: documents.jobList,
  JobStatus: documents.jobStatus,
  PodList: documents.podList,
  SyscallList: documents.syscallList,
  InFlight: inFlightDocument,
  Error: documents.apiError,
  OverMessage: overMessage,
} as const

const ABOUT = `System calls of containers and services of one node, as they happen. A job says whose and which; its calls are read over WebSocket
or Server-Sent Events, each message one JSON object with the number \`seq\`. Whoever comes back with \`?after=RUN:SEQ\` goes on behind that message.
A message of the type \`lost\` stands where calls are missing, the last one of a job is of the type \`over\`.`

export interface OpenApi {
  readonly openapi: '3.1.0'
  readonly info: Readonly<Record<string, string>>
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components: Readonly<Record<string, unknown>>
  readonly security: readonly unknown[]
}

export interface OpenApiOperation {
  readonly operationId: string
  readonly summary: string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: unknown
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly description?: string
  readonly schema: Schema
}

export function toOpenApi(operations: readonly Operation[], version: string): OpenApi {
  const paths: Record<string, Record<string, OpenApiOperation>> = {}
  for (const operation of operations) {
    paths[operation.path] ??= {}
    paths[operation.path]![operation.method.toLowerCase()] = describe(operation)
  }
  const schemas = Object.fromEntries(
    Object.entries(NAMED).map(([name, type]) => [name, toSchema(type, 'input')]),
  )
  return {
    openapi: '3.1.0',
    info: { title: "Trace jobs of swoll's agent", version, description: ABOUT },
    paths,
    components: { schemas, securitySchemes: SCHEMES },
    security: Object.keys(SCHEMES).map(name => ({ [name]: [] })),
  }
}

const SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'Of the cluster, or one of the configuration' },
  swollAuthorization: {
    type: 'apiKey',
    in: 'header',
    name: 'Swoll-Authorization',
    description: 'The same, where a proxy keeps Authorization for itself',
  },
  basic: { type: 'http', scheme: 'basic', description: 'Of the htpasswd file' },
  certificate: { type: 'mutualTLS', description: 'CN is the user, O are the groups' },
}

function describe({ id, summary, params, query, body, answers }: Operation): OpenApiOperation {
  const responses = Object.entries(answers).map(([status, { description, schema, type }]) => {
    const media = type ?? (schema && 'application/json')
    const content = media && {
      content: { [media]: { schema: schema ? refer(schema, 'output') : { type: 'string' } } },
    }
    return [status, { description, ...content }] as const
  })
  const general = refer(documents.apiError, 'output')
  const failure = (description: string) => ({
    description,
    content: { 'application/json': { schema: general } },
  })
  return {
    operationId: id,
    summary,
    parameters: [...toParameters('path', params), ...toParameters('query', query)],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: refer(body, 'input') } } },
    }),
    responses: {
      ...Object.fromEntries(responses),
      401: failure('No login, or a wrong one'),
      403: failure('The caller may not'),
      default: failure('What else is wrong'),
    },
  }
}

function toParameters(place: Parameter['in'], type: z.ZodType | undefined): Parameter[] {
  if (!type) return []
  const { properties = {}, required = [] } = toSchema(type, 'input')
  return Object.entries(properties).map(([name, schema]) => {
    const { description, ...rest } = schema as Schema
    const isRequired = place === 'path' || required.includes(name)
    return { name, in: place, required: isRequired, ...(description && { description }), schema: rest }
  })
}

function refer(type: z.ZodType, direction: Direction): Schema {
  const known = Object.entries(NAMED).find(([, named]) => named === type)
  return known ? { $ref: `#/components/schemas/${known[0]}` } : toSchema(type, direction)
}

function toSchema(type: z.ZodType, direction: Direction): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, {
    io: direction,
    unrepresentable: 'any',
    reused: 'inline',
  })
  return schema
}
