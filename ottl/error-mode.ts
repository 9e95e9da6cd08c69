/** What happens when a statement cannot be evaluated: `error_mode`. */
import { z } from 'zod'
import { type Clock, systemClock } from '../pipeline/clock.ts'
import type { Create } from '../pipeline/component.ts'
import { PipelineError } from '../pipeline/errors.ts'
import { Instruments, type Put } from '../pipeline/instruments.ts'
import { LimitedLog } from '../pipeline/limited-log.ts'
import type { OnError } from './select.ts'
import { EvaluationError } from './values.ts'

const MODES = ['ignore', 'silent', 'propagate'] as const
export type ErrorMode = (typeof MODES)[number]

export const errorMode = z
  .enum(MODES)
  .describe(
    'When a statement cannot be evaluated: `ignore` leaves the data as it is and logs, `silent` logs nothing, `propagate` refuses the batch',
  )

/** A line of the log at most so often. */
const LOG_EVERY_MS = 30_000

/** Counts, logs or throws, for the statements of one component. */
export class Errors {
  readonly #log: LimitedLog
  readonly #count: Put

  /** `component`: its kind, in the singular, and its type, as its own metrics have them: `processor_filter`. */
  constructor(
    { id, log, meter }: Pick<Create<unknown>, 'id' | 'log' | 'meter'>,
    component: `${'processor' | 'connector'}_${string}`,
    clock: Clock = systemClock,
  ) {
    this.#log = new LimitedLog(clock, LOG_EVERY_MS, (rows, error) =>
      log.warn({ rows, error: error.message }, 'could not evaluate a statement; the data stays as it is'),
    )
    const [kind] = component.split('_') as [string]
    this.#count = new Instruments(meter, { [kind]: id }).counter(
      `${component}_evaluation_errors`,
      '{error}',
      'Points, records, spans or resources for which a statement or condition could not be evaluated',
    )
  }

  /** For a statement with this text. */
  of(text: string, mode: ErrorMode): OnError {
    return (error, rows) => {
      this.#count(rows)
      if (mode === 'silent') return
      const told = new EvaluationError(`${text}: ${error.message}`)
      if (mode === 'propagate')
        throw new PipelineError('PIPE_REJECTED', told.message, { retryable: false, cause: error })
      this.#log.add(rows, told)
    }
  }
}
