/** What goes wrong between a client and an agent. */

import { describeConnectionFailure } from '../pipeline/connection-failure.ts'
import { type ErrorCode, SwollError } from '../pipeline/errors.ts'
import type { ApiErrorDocument } from '../trace/api/documents.ts'

type Problem = NonNullable<ApiErrorDocument['problems']>[number]

interface ClientErrorOptions extends ErrorOptions {
  readonly status?: number | undefined
  readonly problems?: readonly Problem[] | undefined
  /** The agent asked for so much patience. */
  readonly retryAfterMs?: number | undefined
}

/** The only error of the library. `code` and `status` are API; messages may change. */
export class ClientError extends SwollError {
  /** Of an answer; absent: there was none. */
  readonly status: number | undefined
  /** Every mistake in the request; empty where the agent named none. */
  readonly problems: readonly Problem[]
  readonly retryAfterMs: number | undefined

  constructor(
    code: Extract<ErrorCode, `CLIENT_${string}`>,
    message: string,
    options: ClientErrorOptions = {},
  ) {
    super(code, message, options)
    this.name = 'ClientError'
    this.status = options.status
    this.problems = options.problems ?? []
    this.retryAfterMs = options.retryAfterMs
  }

  /** The same request may succeed later. */
  get isTemporary(): boolean {
    if (this.code !== 'CLIENT_REFUSED') return this.code === 'CLIENT_UNREACHABLE'
    return this.status === 429 || (this.status !== undefined && this.status >= 500)
  }
}

const AUTHORITY = '; give the authority that signed its certificate (ca)'
const REMEDIES: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID: '; give the name that its certificate has (server name)',
}

/** Nobody answered, or not to the end. `place`: whom it was about. */
export function unreachable(place: string, cause: unknown, hint = ''): ClientError {
  if (cause instanceof ClientError) return cause
  const why = describeConnectionFailure(cause)
  const remedy = REMEDIES[(cause as NodeJS.ErrnoException).code ?? ''] ?? hint
  const message = `${place}: must be an agent that answers, got ${why}${remedy}`
  return new ClientError('CLIENT_UNREACHABLE', message, { cause })
}

export function notAnAgent(place: string, what: string, cause?: unknown): ClientError {
  return new ClientError(
    'CLIENT_ANSWER_INVALID',
    `${place}: must answer as an agent of swoll does, got ${what}`,
    { cause },
  )
}
