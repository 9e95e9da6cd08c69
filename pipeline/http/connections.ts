/** The connections of a listener: when there are too many, the least useful one goes, never the newcomer. */
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import { afterPoll } from './after-poll.ts'

/**
 * `silent`: has not made a request yet. `idle`: between two. `busy`: waits for an answer, or does not read it. `upgraded`: goes on
 * as another protocol.
 */
export type ConnectionState = 'silent' | 'idle' | 'busy' | 'upgraded'

/** The reason for closing a connection: its state when there were too many, or what its client did. */
export type DropReason = ConnectionState | 'slow' | 'timeout' | 'pipelined' | 'handshake'

export interface Connection {
  readonly socket: Socket
  readonly key: string
  /** The client's. */
  readonly address: string
  state: ConnectionState
  /** When the state began. */
  sinceMs: number
  /** Starts the answers to its requests, each once the one before is done: the first is under way. */
  readonly line: (() => void)[]
}

const RANK: Readonly<Record<ConnectionState, number>> = { silent: 0, idle: 1, busy: 2, upgraded: 3 }

interface ConnectionsOptions {
  readonly max: number
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly onDropped: (reason: DropReason) => void
}

export class Connections {
  readonly #options: ConnectionsOptions
  readonly #open = new Map<string, Connection>()
  #isSweepDue = false

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#open.size
  }

  count(state: ConnectionState): number {
    return [...this.#open.values()].filter(connection => connection.state === state).length
  }

  /** Takes in a new connection, before any TLS. */
  add(socket: Socket): void {
    const key = keyOf(socket)
    const { remoteAddress: address } = socket
    if (key === undefined || address === undefined) return void socket.destroy()
    const sinceMs = this.#options.clock.monotonicMs()
    const connection: Connection = { socket, key, address, state: 'silent', sinceMs, line: [] }
    this.#open.set(key, connection)
    socket.once('close', () => this.#forget(connection))
    if (this.#open.size > this.#options.max) this.#sweepSoon()
  }

  /** Returns the connection of a socket, or of the TLS socket round it; undefined once it is closed or dropped. */
  of(socket: Socket): Connection | undefined {
    return this.#open.get(keyOf(socket) ?? '')
  }

  become(connection: Connection, state: ConnectionState): void {
    connection.state = state
    connection.sinceMs = this.#options.clock.monotonicMs()
  }

  /** Closes the connection and tells the reason, unless it is closed already. */
  drop(connection: Connection, reason: DropReason): void {
    if (!this.#forget(connection)) return
    connection.socket.destroy()
    this.#options.onDropped(reason)
  }

  /** Closes all connections in these states. Their reason is not told. */
  closeAll(states: readonly ConnectionState[]): void {
    for (const { socket, state } of this.#open.values()) if (states.includes(state)) socket.destroy()
  }

  #forget(connection: Connection): boolean {
    return this.#open.get(connection.key) === connection && this.#open.delete(connection.key)
  }

  /** Not at once: the request of a newcomer may be there already, and only the next look at the sockets tells. */
  #sweepSoon(): void {
    if (this.#isSweepDue) return
    this.#isSweepDue = true
    afterPoll(() => {
      this.#isSweepDue = false
      while (this.#open.size > this.#options.max) {
        const victim = leastUseful([...this.#open.values()])
        this.drop(victim, victim.state)
      }
    })
  }
}

/**
 * Returns a connection of the client address that has the most, so that who floods pays for it: the one that asked for nothing, else
 * the one between requests, else the one that is busy, else one that was upgraded; of those the one that has been so for the longest
 * time.
 */
export function leastUseful(connections: readonly Connection[]): Connection {
  const held = new Map<string, number>()
  for (const { address } of connections) held.set(address, (held.get(address) ?? 0) + 1)
  return connections.reduce((a, b) => {
    const order =
      held.get(b.address)! - held.get(a.address)! || RANK[a.state] - RANK[b.state] || a.sinceMs - b.sinceMs
    return order > 0 ? b : a
  })
}

/** Returns the same key for a TLS socket and the one below it; undefined when the socket is closed. */
function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress} ${remotePort} ${localAddress}`
}
