/** TCP ports of 127.0.0.1 that nobody listens on. */
import { createServer, type Server } from 'node:net'

/** Free a moment ago; nothing else on the machine is likely to take it within milliseconds. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1)
  return port!
}

/** Returns `count` different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen))
  const ports = servers.map(server => (server.address() as { port: number }).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

async function listen(): Promise<Server> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}
