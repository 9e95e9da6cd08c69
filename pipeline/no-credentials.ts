import { PipelineError } from './errors.ts'

/** `status` of the cause of an error: there was nothing that a request could have shown. */
export const NO_CREDENTIALS = 'NO_CREDENTIALS'

/** There is nothing now that a request could show. Retryable: it may come. */
export function noCredentials(message: string, reason?: unknown): PipelineError {
  const cause = { status: NO_CREDENTIALS, reason }
  return new PipelineError('PIPE_DOWNSTREAM_UNAVAILABLE', message, { retryable: true, cause })
}
