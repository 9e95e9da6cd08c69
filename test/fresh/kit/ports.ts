/** The ports of otel-config/presets/agent.yaml, which `npm start` listens on. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Lack } from '../../kit/skip.ts'

const PORTS = [9095, 8888]

/** Returns why the preset's ports are not free: another agent may run here. */
export async function lacksPresetPorts(): Promise<Lack> {
  for (const port of PORTS) {
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch {
      return `needs port ${port}, which another program listens on`
    } finally {
      server.close()
    }
  }
  return undefined
}
