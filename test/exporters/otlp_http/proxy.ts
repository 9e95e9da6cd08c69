/** A proxy for HTTP that remembers what it was asked for. */
import { once } from 'node:events'
import { request as ask, createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'

export async function startProxy() {
  const asked: string[] = []
  const sockets = new Set<Duplex>()
  const server = createServer((incoming, response) => {
    asked.push(incoming.url!)
    const { method, headers } = incoming
    incoming.pipe(
      ask(incoming.url!, { method, headers }, answer => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(response)
      }),
    )
  })
  server.on('connect', (incoming, client: Duplex) => {
    asked.push(incoming.url!)
    const [host, port] = incoming.url!.split(':')
    const other = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      other.pipe(client).pipe(other)
    })
    for (const socket of [client, other]) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
