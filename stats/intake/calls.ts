/** Kinds of calls, as attributes of rows tell them. */

import type { AttributeColumn, MetricTable } from '../../pipeline/data/metrics.ts'
import { OVERFLOW_KEY } from '../../pipeline/data/series-index.ts'
import { classify } from '../../syscalls/classes.ts'
import { type Dimension, NO_ERROR } from '../api/dimensions.ts'
import { expectedError, isWaiting } from '../noise.ts'

export const CALL_DIMENSIONS = [
  'syscall',
  'errno',
  'outcome',
  'class',
  'group',
] as const satisfies readonly Dimension[]
type CallDimension = (typeof CALL_DIMENSIONS)[number]

/** A dimension that a row lacks is absent: a folded row has neither `errno` nor `outcome`. */
export interface CallKind {
  readonly names: { readonly [D in CallDimension]?: string | undefined }
  readonly isError: boolean
  readonly isTrouble: boolean
  readonly isWaiting: boolean
}

export const UNKNOWN_CALL: CallKind = { names: {}, isError: false, isTrouble: false, isWaiting: false }

const KEYS = [
  'syscall.name',
  'error.type',
  'syscall.outcome',
  OVERFLOW_KEY,
  'syscall.class',
  'syscall.group',
] as const
/** What a row has of KEYS, in their order. */
type Values = readonly unknown[]

function toCallKind([name, error, outcome, isFolded, ownClass, ownGroup]: Values): CallKind {
  const syscall = textOf(name)
  const errno = textOf(error)
  const known = syscall === undefined ? undefined : classify(syscall)
  const whole = isFolded !== true
  return {
    names: {
      syscall,
      errno: errno ?? (whole ? NO_ERROR : undefined),
      outcome: textOf(outcome) ?? (whole ? 'returned' : undefined),
      class: known?.class ?? textOf(ownClass),
      group: known?.group ?? textOf(ownGroup),
    },
    isError: errno !== undefined,
    isTrouble: errno !== undefined && expectedError(syscall ?? '', errno) === undefined,
    isWaiting: syscall !== undefined && isWaiting(syscall),
  }
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === '' ? undefined : String(value)
}

/** Returns the number of each row's kind. Names are looked up once for each set of values that rows have. */
export function createCallReader(
  { attributes }: Pick<MetricTable, 'attributes'>,
  numberOf: (key: string, make: () => CallKind) => number,
): (row: number) => number {
  const columns = KEYS.map(key => attributes.find(column => column.key === key))
  const present = columns.filter(column => column !== undefined)
  const known = new Map<number, number>()
  return row => {
    // Dictionaries have hundreds of values at most: the product stays far below 2^53.
    let combination = 0
    for (const { values, codes } of present) combination = combination * values.length + codes[row]!
    let number = known.get(combination)
    if (number === undefined) {
      const values = columns.map(column => valueAt(column, row))
      number = numberOf(JSON.stringify(values.map(value => value ?? null)), () => toCallKind(values))
      known.set(combination, number)
    }
    return number
  }
}

function valueAt(column: AttributeColumn | undefined, row: number) {
  return column?.values[column.codes[row]!]
}
