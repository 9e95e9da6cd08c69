/** A request that is answered with an error. */
import type { Problem } from '../../pipeline/problems.ts'

interface Details extends ErrorOptions {
  readonly problems?: readonly Problem[]
  readonly headers?: Readonly<Record<string, string>>
}

export class ApiError extends Error {
  readonly status: number
  readonly problems: readonly Problem[] | undefined
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, message: string, { problems, headers = {}, ...options }: Details = {}) {
    super(message, options)
    this.name = 'ApiError'
    this.status = status
    this.problems = problems
    this.headers = headers
  }
}

/** 404 for a job that is not there, and for one that the caller may not see: they look alike. */
export function noSuchJob(id: string): ApiError {
  return new ApiError(404, `jobs/${id}: must be a job that is known here; GET /jobs lists them`)
}
