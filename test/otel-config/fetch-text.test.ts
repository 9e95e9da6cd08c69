import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchText, showUrl } from '../../otel-config/fetch-text.ts'
import { UnreadableFile } from '../../otel-config/read-text.ts'
import { createAuthority } from '../kit/certificates.ts'

async function withServer<T>(listener: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function refusal(url: string, limitMs?: number): Promise<string> {
  const error = await fetchText(url, limitMs).catch((cause: unknown) => cause)
  assert.instance(error, UnreadableFile)
  return (error as UnreadableFile).message
}

const s = suite('fetchText')
s('gives the text, also behind redirections', () =>
  withServer(
    ({ url }, response) =>
      url === '/old'
        ? void response.writeHead(302, { location: '/new' }).end()
        : void response.end('receivers: {}\n'),
    async url => assert.is(await fetchText(`${url}/old`), 'receivers: {}\n'),
  ),
)
s('refuses another status', () =>
  withServer(
    (_, response) => void response.writeHead(404).end('no'),
    async url => assert.is(await refusal(url), 'must be answered with 200, got 404'),
  ),
)
s('refuses a ring of redirections', () =>
  withServer(
    (_, response) => void response.writeHead(302, { location: '/' }).end(),
    async url => assert.is(await refusal(url), 'must not lead on more than 5 times'),
  ),
)
s('refuses to be led to a file', () =>
  withServer(
    (_, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    async url => assert.is(await refusal(url), 'must not lead away from HTTP, or from TLS'),
  ),
)
s('does not wait for a server that says nothing', () =>
  withServer(
    () => {},
    async url => assert.is(await refusal(url, 50), 'must be answered in time'),
  ),
)
s('does not wait for the rest of an answer', () =>
  withServer(
    (_, response) => void response.write('a'),
    async url => assert.is(await refusal(url, 200), 'must be answered in time'),
  ),
)
s('reads no more than a source may have', () =>
  withServer(
    (_, response) => void response.end('x'.repeat(2 ** 20 + 1)),
    async url => assert.match(await refusal(url), /^must have at most 1048576 bytes/),
  ),
)
s('refuses what is not UTF-8, and no address', async () => {
  await withServer(
    (_, response) => void response.end(Buffer.from([0xff])),
    async url => assert.is(await refusal(url), 'must be text in UTF-8'),
  )
  assert.is(await refusal('http://'), 'must be an address')
})
s('refuses a server that is gone', async () => {
  const url = await withServer(
    () => {},
    async gone => gone,
  )
  assert.is(await refusal(url), 'cannot be read (ECONNREFUSED)')
})
s('refuses a certificate of an unknown authority, and says where to name it', async () => {
  const { cert, key } = createAuthority().sign('server', 'IP:127.0.0.1')
  const server = createTlsServer({ cert, key }, (_, response) => response.end('x')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const error = await fetchText(url).catch((cause: UnreadableFile) => cause)
    assert.instance(error, UnreadableFile)
    assert.match((error as UnreadableFile).message, /^cannot be read \(\w+\)$/)
    assert.match((error as UnreadableFile).hint!, 'NODE_EXTRA_CA_CERTS')
  } finally {
    server.close()
  }
})
s.run()

const shown = suite('showUrl')
shown('leaves out what may be secret', () => {
  assert.is(showUrl('https://user:pass@host:1/a?token=b'), 'https://host:1/a?…')
  assert.is(showUrl('nonsense'), 'nonsense')
})
shown.run()
