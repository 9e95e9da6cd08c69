/** The questions that the API answers, as an OpenAPI 3.1 document: made from the schemas by which they are read and answered. */
import { z } from 'zod'
import { observation } from '../../seccomp/api/observation.ts'
import { seenParameters } from '../../seccomp/parameters.ts'
import { statsAbout } from '../../stats/api/about.ts'
import { comparison } from '../../stats/api/comparison.ts'
import { latencyMap } from '../../stats/api/latency.ts'
import { statsTable } from '../../stats/api/table.ts'
import { comparisonParameters, latencyParameters, tableParameters } from '../../stats/parameters.ts'

type Schema = z.core.JSONSchema.BaseSchema

interface Question {
  readonly summary: string
  readonly parameters: z.ZodObject
  readonly answer: z.ZodType
}

const QUESTIONS: Readonly<Record<string, Question>> = {
  about: {
    summary: 'Facts about the agent: its node, how far back one may ask, what else there is at this address',
    parameters: z.object({}),
    answer: statsAbout,
  },
  table: {
    summary: 'Numbers of a window by dimensions, the largest first',
    parameters: tableParameters.in,
    answer: statsTable,
  },
  compare: {
    summary: 'The same of two windows, or of two revisions, side by side',
    parameters: comparisonParameters.in,
    answer: comparison,
  },
  latency: {
    summary: 'How long calls took, over time: the columns of a heat map',
    parameters: latencyParameters.in,
    answer: latencyMap,
  },
  seen: {
    summary: 'Which calls containers and units were seen to make since the agent began',
    parameters: seenParameters,
    answer: observation,
  },
}

interface OpenApi {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, object>>
}

const ABOUT =
  'How often containers and services of one node made which system calls in the last while, how they ended, how long they took.'

/** `names`: the questions that are answered here. `url`: the path below which they are. */
export function toOpenApi(
  names: readonly string[],
  { url, version }: { url: string; version: string },
): OpenApi {
  return {
    openapi: '3.1.0',
    info: { title: "Numbers of swoll's agent", version, description: ABOUT },
    servers: [{ url }],
    paths: Object.fromEntries(names.map(name => [`/${name}`, { get: describe(name, QUESTIONS[name]!) }])),
  }
}

function describe(name: string, { summary, parameters, answer }: Question): object {
  const json = (schema: Schema) => ({ content: { 'application/json': { schema } } })
  const failure = (description: string) => ({ description, ...json(FAILURE) })
  return {
    operationId: name,
    summary,
    parameters: Object.entries(parameters.shape).map(([key, type]) => toParameter(key, type as z.ZodType)),
    responses: {
      200: { description: summary, ...json(toSchema(answer, 'output')) },
      400: failure('All that is wrong with the question'),
      401: failure('No login, or a wrong one, where the agent asks for one'),
      503: failure('Too many ask, or nobody can log in yet'),
    },
  }
}

const FAILURE = toSchema(
  z.object({
    error: z.string(),
    problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
  'output',
)

/** Lists are given by repeating the parameter; but `by` has commas. */
function toParameter(name: string, type: z.ZodType): object {
  const { description, ...schema } = toText(type)
  const isRequired = !type.safeParse(undefined).success
  return {
    name,
    in: 'query',
    required: isRequired,
    ...(description && { description }),
    schema,
    ...(schema.type === 'array' && { style: 'form', explode: name !== 'by' }),
  }
}

/** What is read from a text before it is checked says nothing of what it takes: then what it becomes does. */
function toText(type: z.ZodType): Schema {
  const given = toSchema(type, 'input')
  return Object.keys(given).some(key => key !== 'default' && key !== 'description')
    ? given
    : toSchema(type, 'output')
}

function toSchema(type: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any', reused: 'inline' })
  return schema
}
