/** Requests to the address that the page came from. A token is kept in memory alone: it is gone with the page. */

/** An answer other than the one that was asked for. `status` is 0 where nobody answered. */
export class AnswerError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

interface Ask {
  readonly method?: string
  readonly body?: unknown
  readonly abort?: AbortSignal | undefined
}

interface Fault {
  readonly error?: string
  readonly problems?: readonly { readonly path: string; readonly message: string }[]
}

export class Session {
  /** Where the numbers are, and where the API is: both seen from the script, so that it does not matter which proxy stands before. */
  readonly numbers: URL
  readonly api: URL
  #token = ''

  constructor(script: string) {
    this.numbers = new URL('data/', script)
    this.api = new URL('../../', script)
  }

  logIn(token: string): void {
    this.#token = token.trim()
  }

  get isLoggedIn(): boolean {
    return this.#token !== ''
  }

  /** Throws AnswerError where the answer is none of success. */
  async json<T>(url: URL, ask: Ask = {}): Promise<T> {
    const response = await this.open(url, ask)
    return (await response.json()) as T
  }

  /** The answer, with a body that can be read as it comes. */
  async open(url: URL, { method = 'GET', body, abort }: Ask = {}): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json, text/event-stream' }
    if (this.#token) headers.authorization = `Bearer ${this.#token}`
    if (body !== undefined) headers['content-type'] = 'application/json'
    const init: RequestInit = { method, headers, signal: abort ?? null, cache: 'no-cache' }
    if (body !== undefined) init.body = JSON.stringify(body)
    const response = await fetch(url, init).catch((error: unknown) => {
      if (abort?.aborted) throw error
      throw new AnswerError(0, 'the agent does not answer: it has ended, or the way to it is cut')
    })
    if (!response.ok) throw new AnswerError(response.status, await faultOf(response))
    return response
  }
}

/** Every mistake that the answer names; a proxy's answer may be of another kind. */
async function faultOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => '')
  try {
    const { error, problems } = JSON.parse(text) as Fault
    const list = problems?.map(({ path, message }) => `${path}: ${message}`) ?? []
    if (list.length > 0 || error) return list.length > 0 ? list.join('; ') : error!
  } catch {
    // No JSON.
  }
  return `${response.status} ${response.statusText}`.trim()
}
