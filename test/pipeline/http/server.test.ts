import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createServer } from '../../../pipeline/http/server.ts'

const s = suite('createServer')
for (const [ms, want] of [
  [0.000_001, 1],
  [1.5, 2],
  [100.5, 101],
  [86_400_000, 86_400_000],
] as const)
  s(`takes ${ms} ms for ${want}, since Node takes whole ones only`, () => {
    const server = createServer({ tls: undefined, headerTimeoutMs: ms, idleTimeoutMs: ms }, 1, () => false)
    assert.equal([server.headersTimeout, server.requestTimeout, server.keepAliveTimeout], [want, want, want])
    server.close()
  })
s.run()
