import { describeConnectionFailure } from '../../pipeline/connection-failure.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { printable, shorten } from '../../pipeline/printable.ts'

/** Of what a server says, so much is shown. */
const MOST_SAID = 500

/** What an error of the library may have. */
interface Failure extends Error {
  /** RFC 6749, 5.2. */
  readonly error?: string
  readonly error_description?: string
  readonly status?: number
}

/** Why there is no token, for people. Shows nothing that was sent. */
export function describeFailure(error: unknown, address: string): string {
  if (error instanceof SwollError) return error.message
  const { error: code, error_description: description, status, cause, message } = error as Failure
  if (code !== undefined) return `${address}: must give a token, got ${said(code, status, description)}`
  if (cause instanceof Response) return `${address}: must give a token, got the status ${cause.status}`
  if (String((error as { readonly code?: unknown }).code).startsWith('OAUTH_'))
    return `${address}: must answer with a token (RFC 6749, 5.1): ${shorten(message, MOST_SAID)}`
  return `${address}: cannot be asked for a token: ${describeConnectionFailure(error)}`
}

function said(code: string, status: number | undefined, description: string | undefined): string {
  return printable(shorten(`${code} (${status})${description ? `: ${description}` : ''}`, MOST_SAID))
}
