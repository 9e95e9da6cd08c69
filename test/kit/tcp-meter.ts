/** A TCP proxy that counts: what a client reads from a server, as it is on the wire. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TcpMeter extends AsyncDisposable {
  readonly port: number
  /** Bytes from the server to the client so far. */
  readonly receivedBytes: number
}

/** Listens for clients of `toPort` of 127.0.0.1; at a free port of 127.0.0.1 unless told where. */
export async function startTcpMeter(
  toPort: number,
  { host = '127.0.0.1', port = 0 } = {},
): Promise<TcpMeter> {
  const sockets = new Set<Socket>()
  let receivedBytes = 0
  const server = createServer(client => {
    const upstream = connect(toPort, '127.0.0.1')
    upstream.on('data', data => {
      receivedBytes += data.length
    })
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.once('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get receivedBytes() {
      return receivedBytes
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
