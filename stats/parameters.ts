/** The query of an address as a question about numbers; wrong parameters are all told at once. */
import { z } from 'zod'
import { duration } from '../pipeline/config.ts'
import { comparisonQuery } from './api/comparison.ts'
import { ALIASES, DIMENSIONS, type Dimension } from './api/dimensions.ts'
import { statsQuery } from './api/query.ts'

const { by, where, show, sort, limit, points } = statsQuery.shape
const values = where.unwrap().valueType

/** Anything but the text of a number is left to the schema, which refuses it. */
const number = <T extends z.ZodType>(schema: T) =>
  z.preprocess(given => {
    return typeof given === 'string' && /^-?\d+(?:\.\d+)?$/.test(given) ? Number(given) : given
  }, schema)

const flag = z.enum(['true', 'false']).transform(text => text === 'true')

/** A list is written with commas; dimensions have short names, as the original has them. */
const dimensions = z.preprocess(given => {
  const texts = [given].flat().filter(text => typeof text === 'string')
  const names = texts.flatMap(text => text.split(',')).map(name => ALIASES[name] ?? name)
  return given === undefined ? given : [...new Set(names)]
}, by)

type WhereKeys<P extends string> = { [D in Dimension as `${P}where.${D}`]: z.ZodOptional<typeof values> }

function whereKeys<P extends string>(prefix: P): WhereKeys<P> {
  const about = 'Only what has one of these values; an empty text stands for what lacks the dimension'
  const pairs = DIMENSIONS.map(dimension => [
    `${prefix}where.${dimension}`,
    values.optional().describe(about),
  ])
  return Object.fromEntries(pairs) as WhereKeys<P>
}

const window = duration({ min: '1s', max: '24h' }).describe('The length of the window')
const end = number(z.number().min(0))
  .optional()
  .describe('The end of the window, Unix ms; absent: the last collection')

/** Parameters of every question. */
const common = {
  window: window.prefault('1m').describe('The length of the window, such as 5m; absent: 1m'),
  end,
  ...whereKeys(''),
  show,
  points: number(points),
}

type Flat = Readonly<Record<string, unknown>>

function toWhere(given: Flat, prefix = ''): Partial<Record<Dimension, string[]>> {
  return Object.fromEntries(
    DIMENSIONS.flatMap(dimension => {
      const found = given[`${prefix}where.${dimension}`]
      return found === undefined ? [] : [[dimension, found as string[]]]
    }),
  )
}

function toQuery({ window: windowMs, end: endMs, ...given }: Flat) {
  const { by, show, sort, limit, points, histograms } = given
  const own = { by, windowMs, endMs, where: toWhere(given), show, sort, limit, points, histograms }
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
}

const rows = { by: dimensions, sort, limit: number(limit) }

export const tableParameters = z
  .strictObject({ ...common, ...rows, histograms: flag.prefault('false') })
  .transform(given => statsQuery.parse(toQuery(given)))

/** Of a map over time: its columns are `points`. */
export const latencyParameters = z
  .strictObject(common)
  .transform(given => statsQuery.parse({ ...toQuery(given), by: ['node'] }))

export const comparisonParameters = z
  .strictObject({
    ...common,
    ...rows,
    histograms: flag.prefault('false'),
    'before.window': window.optional(),
    'before.end': end,
    ...whereKeys('before.'),
  })
  .transform(given => {
    const where = toWhere(given, 'before.')
    const other = { windowMs: given['before.window'], endMs: given['before.end'] }
    const before = Object.fromEntries(Object.entries(other).filter(([, value]) => value !== undefined))
    const differs = Object.keys(where).length > 0
    return comparisonQuery.parse({ ...toQuery(given), before: { ...before, ...(differs && { where }) } })
  })

/** The parameters as the schemas read them: of a dimension all values, of others the one, or a list that they refuse. */
export function readParameters(query: string): Flat {
  const given = new URLSearchParams(query)
  return Object.fromEntries(
    [...new Set(given.keys())].map(key => {
      const all = given.getAll(key)
      return [key, all.length === 1 && !key.includes('where.') ? all[0] : all]
    }),
  )
}
