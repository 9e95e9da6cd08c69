/**
 * One connection to a port of a pod, through the API server and the kubelet: a WebSocket with the subprotocol
 * `v4.channel.k8s.io`, as the kubelet has it (kubernetes, pkg/kubelet/server/portforward/websocket.go). The first byte of a message is its channel:
 * 0 is data, 1 an error. The first message of each channel is the number of the port, and no more.
 */
import { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { Access } from '../../kubernetes/client/access.ts'
import { unreachable } from '../../kubernetes/client/api-client.ts'
import { ApiError, type ApiObject, apiPath, toApiError } from '../../kubernetes/client/api-error.ts'
import { startDeadline } from '../../pipeline/deadline.ts'

const PROTOCOL = 'v4.channel.k8s.io'
const DATA = 0
/** Bytes of the number of the port. */
const PORT_BYTES = 2

interface PodPort {
  readonly namespace: string
  readonly pod: string
  readonly port: number
}

interface PortForwardOptions extends PodPort {
  readonly access: Access
  /** Longest until the API server has agreed. */
  readonly timeoutMs: number
}

/** Resolves when the API server has agreed; whether the port answers is seen on the stream. Throws ApiError. */
export async function openPortForward(options: PortForwardOptions): Promise<Duplex> {
  const { access, port, timeoutMs } = options
  const { headers, agent: _, ...tls } = await access.credentials(false)
  const object = objectOf(options)
  const url = `${access.server.replace(/^http/, 'ws')}${apiPath(object)}?ports=${port}`
  const socket = new WebSocket(url, PROTOCOL, {
    ...tls,
    headers: headers as Record<string, string>,
    perMessageDeflate: false,
  })
  using deadline = startDeadline(timeoutMs)
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
  const stream = new PortStream(socket)
  socket.on('open', () => resolve(stream))
  socket.on('unexpected-response', (_request, answer) => {
    let body = ''
    answer.on('data', chunk => {
      if (body.length < 4096) body += chunk
    })
    answer.on('end', () => reject(toApiError('get', object, { status: answer.statusCode ?? 0, body })))
  })
  const fail = (cause: Error) => reject(unreachable(access.server, cause))
  socket.on('error', fail)
  const late = () => fail(new Error(`no answer for ${timeoutMs / 1000} s`))
  deadline.signal.addEventListener('abort', late, { once: true })
  try {
    return await promise
  } catch (error) {
    // Nobody gets the stream, nor what it says of its end.
    stream.on('error', () => {})
    socket.terminate()
    throw error
  }
}

function objectOf({ namespace, pod }: PodPort): ApiObject {
  return { group: '', version: 'v1', resource: 'pods', namespace, name: pod, subresource: 'portforward' }
}

/** What the pod sends and gets. Ends with the WebSocket. */
class PortStream extends Duplex {
  readonly #socket: WebSocket
  /** Channels whose number of the port has come. */
  readonly #begun = new Set<number>()

  constructor(socket: WebSocket) {
    super()
    this.#socket = socket
    socket.binaryType = 'nodebuffer'
    socket.on('message', (message: Buffer) => this.#receive(message))
    socket.on('close', () => this.push(null))
    socket.on('error', error => this.destroy(error))
  }

  override _read(): void {
    if (this.#socket.readyState !== WebSocket.CONNECTING) this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([Buffer.of(DATA), chunk]), { binary: true }, done)
  }

  override _final(done: () => void): void {
    this.#socket.close()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.terminate()
    done(error)
  }

  #receive(message: Buffer): void {
    const channel = message[0]
    if (channel === undefined) return
    const isFirst = !this.#begun.has(channel)
    this.#begun.add(channel)
    const content = message.subarray(isFirst ? 1 + PORT_BYTES : 1)
    if (content.length === 0) return
    if (channel !== DATA)
      this.destroy(new ApiError(`Kubernetes API: port-forward: ${content.toString().trim()}`))
    else if (!this.push(content)) this.#socket.pause()
  }
}
