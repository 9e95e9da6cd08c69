/** The questions that the API answers, by the end of their path. */
import type { z } from 'zod'
import { type Checked, checkAs } from '../../pipeline/problems.ts'
import type { Observation } from '../../seccomp/api/observation.ts'
import type { Observed } from '../../seccomp/observed.ts'
import { seenParameters } from '../../seccomp/parameters.ts'
import type { History } from '../../stats/history.ts'
import {
  comparisonParameters,
  latencyParameters,
  readParameters,
  tableParameters,
} from '../../stats/parameters.ts'

/** Whether numbers of a namespace may be shown; undefined: of what belongs to none. */
export type MaySee = (namespace: string | undefined) => boolean

/** A question that has been read. */
export interface Question {
  /** Equal for equal questions. */
  readonly text: string
  /** Rejects with RangeError where there are no numbers that old. */
  answer(maySee: MaySee, abort: AbortSignal): Promise<object>
}

/** Reads the query of an address. */
export type ReadQuestion = (query: string) => Checked<Question>

/** `seen`: undefined where nobody keeps it. */
export function createData(
  history: History,
  seen: Pick<Observed, 'toObservation'> | undefined,
): Readonly<Record<string, ReadQuestion>> {
  return {
    ...(seen && {
      seen: asked(seenParameters, async (filter, maySee) => visible(seen.toObservation(filter), maySee)),
    }),
    table: asked(tableParameters, (query, maySee, abort) =>
      history.query(query, abort, ({ namespace }) => maySee(namespace)),
    ),
    compare: asked(comparisonParameters, (query, maySee, abort) =>
      history.compare(query, abort, ({ namespace }) => maySee(namespace)),
    ),
    latency: asked(latencyParameters, (query, maySee, abort) =>
      history.latency(query, abort, ({ namespace }) => maySee(namespace)),
    ),
  }
}

function visible(observation: Observation, maySee: MaySee): Observation {
  return { ...observation, subjects: observation.subjects.filter(({ namespace }) => maySee(namespace)) }
}

function asked<Q>(
  parameters: z.ZodType<Q>,
  answer: (query: Q, maySee: MaySee, abort: AbortSignal) => Promise<object>,
): ReadQuestion {
  return text => {
    const checked = checkAs(parameters, readParameters(text))
    if ('problems' in checked) return checked
    const query = checked.value
    return {
      value: { text: JSON.stringify(query), answer: (maySee, abort) => answer(query, maySee, abort) },
    }
  }
}
