import type { IncomingMessage } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { acceptsOrigin } from '../../../../extensions/trace_api/auth/origins.ts'

const origins = suite('origins')
for (const [name, origin, host, allowed, is] of [
  ['no page', undefined, 'localhost:9095', [], true],
  ['the page of the agent itself', 'http://localhost:9095', 'localhost:9095', [], true],
  ['the same in capitals', 'http://LOCALHOST:9095', 'LocalHost:9095', [], true],
  ['another port', 'http://localhost:9096', 'localhost:9095', [], false],
  ['another site', 'https://evil.example', 'localhost:9095', [], false],
  ['a site whose name begins alike', 'http://localhost:9095.evil.example', 'localhost:9095', [], false],
  ['a site that is allowed', 'https://tools.example', 'node:9095', ['https://tools.example'], true],
  ['the same without TLS', 'http://tools.example', 'node:9095', ['https://tools.example'], false],
  ['a sandboxed page', 'null', 'localhost:9095', [], false],
  ['an empty origin', '', 'localhost:9095', [], false],
  ['no Host', 'http://localhost:9095', undefined, [], false],
] as const)
  origins(`${name} is ${is ? '' : 'not '}accepted`, () => {
    const headers = { ...(origin !== undefined && { origin }), ...(host !== undefined && { host }) }
    assert.is(acceptsOrigin({ headers } as IncomingMessage, allowed), is)
  })
origins.run()
