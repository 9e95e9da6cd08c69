/** Why a job cannot be what was asked for. */
import { type ErrorCode, SwollError } from '../../pipeline/errors.ts'

type JobErrorCode = Extract<ErrorCode, `TRACE_JOB_${string}`>

interface Problem {
  /** Which part of the request, such as `syscalls`; empty: all of it. */
  readonly path: string
  readonly message: string
}

export class JobError extends SwollError {
  declare readonly code: JobErrorCode
  /** Every mistake of the request. */
  readonly problems: readonly Problem[]

  constructor(
    code: JobErrorCode,
    message: string,
    options: ErrorOptions & { readonly problems?: readonly Problem[] } = {},
  ) {
    super(code, message, options)
    this.name = 'JobError'
    this.problems = options.problems ?? []
  }
}

/** What the kernel, or what loads its programs, refuses is the agent's refusal of the job. */
export function toJobError(id: string, error: unknown): Error {
  if (!(error instanceof SwollError) || error instanceof JobError) return error as Error
  const code = error.code === 'TRACE_TOO_MANY_JOBS' ? 'TRACE_JOB_LIMIT' : 'TRACE_JOB_REFUSED'
  return new JobError(code, `${id}: ${error.message}`, { cause: error })
}
