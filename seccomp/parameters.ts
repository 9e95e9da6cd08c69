/** The query of an address as a choice of those whose calls are asked for. */
import { z } from 'zod'
import { FILTERS } from './api/observation.ts'

/** Values of one parameter. */
const MOST_VALUES = 100

const values = z
  .preprocess(given => [given].flat(), z.array(z.string().min(1)).min(1).max(MOST_VALUES))
  .optional()

type Parameters = { [K in (typeof FILTERS)[number]]: typeof values }

/** Each may be given several times: these are alternatives. */
export const seenParameters = z.strictObject(
  Object.fromEntries(FILTERS.map(key => [key, values])) as Parameters,
)
