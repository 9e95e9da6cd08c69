import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { factory } from '../../../extensions/oauth2client/factory.ts'
import { openConnections } from '../../../extensions/oauth2client/fetch.ts'
import { startProxy } from '../../exporters/otlp_http/proxy.ts'
import { startTokenServer } from './token-server.ts'

const s = suite('openConnections of oauth2client')
for (const [what, noProxy, asked] of [
  ['asks by the proxy of the environment, written without a scheme', '', 1],
  ['asks the server itself where NO_PROXY has its range of addresses', '0.0.0.0/8', 0],
] as const)
  s(what, async () => {
    await using server = await startTokenServer()
    await using proxy = await startProxy()
    // Leads to this machine, and is none of its names.
    const token_url = server.url.replace('127.0.0.1', '0.0.0.0')
    const config = factory.config.parse({ client_id: 'a', client_secret: 'b', token_url })
    const env = { HTTP_PROXY: proxy.url.replace('http://', ''), NO_PROXY: noProxy }
    const connections = await openConnections(config, env)
    try {
      const answer = await connections.fetch(token_url, { body: new URLSearchParams(), headers: {} })
      assert.is(answer.status, 200)
      assert.is(proxy.asked.length, asked)
    } finally {
      await connections.close()
    }
  })
s.run()
