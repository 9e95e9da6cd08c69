/** A TCP proxy: counts what a client reads from a server, as it is on the wire, and can be slow, or cut. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Transform } from 'node:stream'

export class TcpProxy implements AsyncDisposable {
  /** The delay of each piece of the server's answers. */
  delayMs = 0
  readonly #toPort: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false
  #receivedBytes = 0

  private constructor(toPort: number) {
    this.#toPort = toPort
    this.#server = createServer(client => this.#take(client))
  }

  /** Listens for clients of `toPort` of 127.0.0.1; at a free port of 127.0.0.1 unless told where. */
  static async start(toPort: number, { host = '127.0.0.1', port = 0 } = {}): Promise<TcpProxy> {
    const proxy = new TcpProxy(toPort)
    proxy.#server.listen(port, host)
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`
  }

  /** Bytes from the server to the client so far. */
  get receivedBytes(): number {
    return this.#receivedBytes
  }

  /** Ends all connections, and new ones at once, until it is mended. */
  cut(): void {
    this.#isCut = true
    this.endConnections()
  }

  mend(): void {
    this.#isCut = false
  }

  endConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.endConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #take(client: Socket): void {
    if (this.#isCut) {
      client.destroy()
      return
    }
    const upstream = connect(this.#toPort, '127.0.0.1')
    upstream.on('data', data => {
      this.#receivedBytes += data.length
    })
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from)
      from.on('error', () => to.destroy())
      from.once('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
    }
    client.pipe(upstream)
    upstream.pipe(this.#delay()).pipe(client)
  }

  #delay(): Transform {
    return new Transform({
      transform: (data, _, done) => {
        if (this.delayMs === 0) done(null, data)
        else setTimeout(done, this.delayMs, null, data)
      },
    })
  }
}
