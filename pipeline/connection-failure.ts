/** Why a connection failed, in one line for people. */

/** OpenSSL's own text: a number of the thread, a code, the library, the function, the reason, a line of its source. */
const OPEN_SSL = /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/

/** Advice that Node appends, which is about Node's command line. */
const ADVICE = /; if the root CA is installed locally.*$/

const PLAIN: Readonly<Record<string, string>> = {
  'wrong version number': 'no TLS at the other end (wrong version number)',
}

/**
 * The text of `cause`, with its code. The error of a name with several addresses has no text of its own: the texts of all
 * attempts, each once.
 */
export function describeConnectionFailure(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0)
    return [...new Set(cause.errors.map(describeConnectionFailure))].join(', ')
  const { message, code } = cause as NodeJS.ErrnoException
  const [, reason] = OPEN_SSL.exec(message) ?? []
  const text = reason === undefined ? message.replace(ADVICE, '') : (PLAIN[reason] ?? `TLS: ${reason}`)
  if (text === '') return code ?? 'no reason'
  return code === undefined || text.includes(code) || reason !== undefined ? text : `${text} (${code})`
}
