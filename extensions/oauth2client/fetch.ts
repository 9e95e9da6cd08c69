/** Connections to the server that gives tokens. undici is loaded with this file, so import it only when the extension starts. */
import { Agent, ProxyAgent } from 'undici'
import { proxyOf } from '../../pipeline/proxy.ts'
import { tlsConnectOptions } from '../../pipeline/tls-connect.ts'
import type { Oauth2Config } from './config.ts'
import type { Fetch } from './token-request.ts'

/** As much as Go reads of such an answer. */
const MOST_BYTES = 2 ** 20

interface Connections {
  readonly fetch: Fetch
  close(): Promise<void>
}

/** By the proxy of the environment, if it names one. Rejects with TLS_INVALID if a certificate or key cannot be used. */
export async function openConnections(
  { tls, token_url }: Pick<Oauth2Config, 'tls' | 'token_url'>,
  env = process.env,
): Promise<Connections> {
  const connect = await tlsConnectOptions(tls)
  const proxy = proxyOf(token_url, env)
  const agent =
    proxy === undefined
      ? new Agent({ connect })
      : new ProxyAgent({ uri: proxy, requestTls: connect, proxyTls: { ca: connect.ca } })
  return {
    async fetch(url, { body: form, headers, signal }) {
      const { origin, pathname, search } = new URL(url)
      const request = { origin, path: `${pathname}${search}`, headers, body: String(form) }
      const answer = await agent.request({ ...request, method: 'POST', signal: signal ?? null })
      const body = await readWhole(answer.body)
      // Without its challenge, which would hide what the body says; 204 and 304 must have no body, not even an empty one.
      return new Response(body.length > 0 ? Uint8Array.from(body) : null, {
        status: answer.statusCode,
        headers: { 'content-type': String(answer.headers['content-type'] ?? '') },
      })
    },
    close: () => agent.destroy(),
  }
}

async function readWhole(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new Error(`the answer must have at most ${MOST_BYTES} bytes`)
  }
  return Buffer.concat(chunks)
}
