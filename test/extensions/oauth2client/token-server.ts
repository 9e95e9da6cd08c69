/** A server of OAuth 2.0 that gives tokens, by what a test says. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

interface Asked {
  readonly authorization: string | undefined
  readonly body: URLSearchParams
}

/** `hold`: never answers. */
type Reply =
  | { readonly status?: number; readonly body: unknown; readonly headers?: Record<string, string> }
  | 'hold'

interface TokenServer extends AsyncDisposable {
  readonly url: string
  readonly asked: readonly Asked[]
}

/** `reply`: by the number of the request, from 1, and what is in it. */
export async function startTokenServer(
  reply: (request: number, asked: Asked) => Reply = n => token(`t${n}`),
  tls?: { readonly cert: Buffer; readonly key: Buffer },
): Promise<TokenServer> {
  const asked: Asked[] = []
  const answer: RequestListener = async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = new URLSearchParams(Buffer.concat(chunks).toString())
    asked.push({ authorization: request.headers.authorization, body })
    const said = reply(asked.length, asked.at(-1)!)
    if (said === 'hold') return
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...said.headers })
    response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body))
  }
  const server = tls ? createTlsServer(tls, answer) : createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/token`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** `lifeS`: seconds; absent: without an end. */
export function token(text: string, lifeS?: number): Reply {
  return { body: { access_token: text, token_type: 'bearer', ...(lifeS && { expires_in: lifeS }) } }
}
