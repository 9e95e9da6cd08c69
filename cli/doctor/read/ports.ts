/** Whether what the configuration listens on is free, and who has it if not. */
import { createServer } from 'node:net'
import { readText } from '../../../pipeline/cgroups/files.ts'
import type { PortFacts, Process } from '../facts.ts'
import type { Needs } from '../needs.ts'
import { readNames } from './file.ts'
import { pids, readLink, readProcess } from './processes.ts'

const STATES: Readonly<Record<string, PortFacts['state']>> = {
  EADDRINUSE: 'taken',
  EACCES: 'denied',
  EADDRNOTAVAIL: 'no_address',
  ENOTFOUND: 'no_address',
}

/** Each address once, by the first key that has it: components may share a listener. */
export async function readPorts(listeners: Needs['listeners']): Promise<PortFacts[]> {
  const distinct = new Map(listeners.toReversed().map(each => [`${each.host}:${each.port}`, each]))
  return Promise.all(
    [...distinct.values()].reverse().map(async listener => {
      const state = await tryToListen(listener)
      const holder = state === 'taken' ? findListener(listener.port) : undefined
      return { ...listener, state, ...(holder && { holder }) }
    }),
  )
}

function tryToListen({ host, port }: { host: string; port: number }): Promise<PortFacts['state']> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(STATES[code ?? ''] ?? 'denied'))
    server.listen({ port, ...(host !== '' && { host }) }, () => server.close(() => resolve('free')))
  })
}

/** State of a listening socket in /proc/net/tcp. */
const LISTENING = '0A'

/** The process of this host that listens on a TCP port; undefined where it cannot be seen. */
export function findListener(port: number): Process | undefined {
  const inodes = new Set(
    ['tcp', 'tcp6'].flatMap(name => listeningInodes(readText(`/proc/net/${name}`) ?? '', port)),
  )
  if (inodes.size === 0) return undefined
  const pid = pids().find(each =>
    readNames(`/proc/${each}/fd`).some(fd => inodes.has(readLink(`/proc/${each}/fd/${fd}`))),
  )
  return pid === undefined ? undefined : readProcess(pid)
}

/** Sockets as /proc/PID/fd shows them, of a /proc/net/tcp. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').flatMap(line => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
    return local?.endsWith(suffix) && state === LISTENING ? [`socket:[${inode}]`] : []
  })
}
