import net from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bind } from '../../../pipeline/http/bind.ts'
import { rejects } from '../../kit/rejects.ts'

const reach = (host: string, port: number) =>
  new Promise<boolean>(resolve => {
    const socket = net.connect({ host, port })
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

/** A server whose every attempt to listen on `::` is refused with this code. */
function without(code: string): net.Server {
  const server = net.createServer()
  const listen = server.listen.bind(server) as (options: net.ListenOptions, then: () => void) => net.Server
  const refusing = (options: net.ListenOptions, then: () => void) => {
    if (options.host !== '::') return listen(options, then)
    setImmediate(() => server.emit('error', Object.assign(new Error(code), { code })))
    return server
  }
  return Object.assign(server, { listen: refusing })
}

const s = suite('bind')
s(':: is both families', async () => {
  const server = net.createServer()
  const { port } = await bind(server, { host: '::', port: 0 })
  assert.equal([await reach('127.0.0.1', port), await reach('::1', port)], [true, true])
  server.close()
})
s('0.0.0.0 is IPv4 alone', async () => {
  const server = net.createServer()
  const { port } = await bind(server, { host: '0.0.0.0', port: 0 })
  assert.equal([await reach('127.0.0.1', port), await reach('::1', port)], [true, false])
  server.close()
})
for (const code of ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'])
  s(`:: is IPv4 alone where there is no IPv6 (${code})`, async () => {
    const server = without(code)
    const { host, port } = await bind(server, { host: '::', port: 0 })
    assert.equal([host, await reach('127.0.0.1', port)], ['0.0.0.0', true])
    server.close()
  })
s('localhost is its IPv4 address, as the Collector has it', async () => {
  const server = net.createServer()
  assert.is((await bind(server, { host: 'localhost', port: 0 })).host, '127.0.0.1')
  server.close()
})
for (const [what, endpoint, message] of [
  [
    'an address of another host',
    { host: '192.0.2.1', port: 1 },
    'must be an address of this host, got 192.0.2.1:1; ',
  ],
  [
    'a name that means nothing',
    { host: 'no.invalid', port: 1 },
    'must be a name that resolves, got no.invalid:1; ',
  ],
] as const)
  s(`refuses ${what}`, async () => {
    const error = await rejects(bind(net.createServer(), endpoint), 'COMPONENT_START_FAILED')
    assert.is(error.message.slice(0, message.length), message)
  })
s('refuses a port that is taken, :: as well, and does not fall back', async () => {
  const other = net.createServer()
  const { port } = await bind(other, { host: '0.0.0.0', port: 0 })
  const error = await rejects(bind(net.createServer(), { host: '::', port }), 'COMPONENT_START_FAILED')
  other.close()
  assert.is(
    error.message,
    `must be a port that nobody else listens on, got [::]:${port}; stop the other process or choose another port`,
  )
})
s.run()
