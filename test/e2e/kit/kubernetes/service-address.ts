/** The address of the service `kubernetes`, where pods find the API server: what kube-proxy would do, for this one service. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { addAddress, removeAddress } from './forgotten.ts'

export interface Forwarder extends AsyncDisposable {
  /** Bytes that went from the API server to pods so far. */
  readonly receivedBytes: number
}

/** Takes connections at port 443 of the address, which the machine owns from then on, to `port` of 127.0.0.1. */
export async function forwardService(address: string, port: number): Promise<Forwarder> {
  const open = new Set<Socket>()
  let receivedBytes = 0
  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    upstream.on('data', data => {
      receivedBytes += data.length
    })
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.once('close', () => {
        open.delete(from)
        to.destroy()
      })
    }
  })
  addAddress(address)
  server.listen(443, address)
  await once(server, 'listening')
  return {
    get receivedBytes() {
      return receivedBytes
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise(resolve => server.close(resolve))
      removeAddress(address)
    },
  }
}
