/** A started listener, and bytes sent to it as they are. */
import net from 'node:net'
import { systemClock } from '../../../pipeline/clock.ts'
import type { Endpoint } from '../../../pipeline/config.ts'
import { answer } from '../../../pipeline/http/answer.ts'
import { HttpListener, type ListenerLimits, type ListenerOptions } from '../../../pipeline/http/listener.ts'
import type { Route } from '../../../pipeline/http/route.ts'

export interface Rig extends AsyncDisposable {
  readonly endpoint: Endpoint
  readonly listener: HttpListener
  /** `dropped slow`, `refused 404`, in order. */
  readonly told: string[]
  readonly errors: Error[]
}

export const HELLO: Route = {
  path: '/hello',
  title: 'Hello',
  handle: ({ response, query }) => answer(response, 200, `hello ${query}`),
}

interface Parts extends Partial<ListenerLimits>, Partial<Pick<ListenerOptions, 'endpoint' | 'clock'>> {
  readonly routes?: readonly Route[]
}

export async function startListener(parts: Parts = {}): Promise<Rig> {
  const {
    routes = [HELLO],
    endpoint: wanted = { host: '127.0.0.1', port: 0 },
    clock = systemClock,
    ...limits
  } = parts

  const told: string[] = []
  const errors: Error[] = []
  const listener = new HttpListener({
    endpoint: wanted,
    limits: {
      tls: undefined,
      headerTimeoutMs: 10_000,
      writeTimeoutMs: 10_000,
      idleTimeoutMs: 10_000,
      ...limits,
    },
    clock,
    telemetry: {
      dropped: reason => told.push(`dropped ${reason}`),
      refused: status => told.push(`refused ${status}`),
    },
    onError: error => errors.push(error),
  })
  const owner = { place: 'test', onError: (error: Error) => errors.push(error) }
  for (const route of routes) listener.add(route, owner)
  const endpoint = await listener.listen()
  const dispose = () => listener.close(AbortSignal.abort())
  return { endpoint, listener, told, errors, [Symbol.asyncDispose]: dispose }
}

/** A connection that has sent `text`, and all that has come back until the other side closed it. */
export async function connect({ endpoint }: Rig, text = '', host = endpoint.host) {
  const socket = net.connect({ port: endpoint.port, host })
  let received = ''
  socket.on('data', chunk => {
    received += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  const closed = new Promise<string>(resolve => socket.on('close', () => resolve(received)))
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.write(text, 'latin1')
  return { socket, closed, seen: () => received }
}

/** All that comes back for `text`, up to the end of the connection. */
export async function exchange(rig: Rig, text: string): Promise<string> {
  return (await connect(rig, text)).closed
}
