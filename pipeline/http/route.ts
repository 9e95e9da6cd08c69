/** Routes of a listener. Types only. */
import type Http from 'node:http'
import type { Duplex } from 'node:stream'
import type { Waiting } from './turns.ts'

/** One request and its answer. */
export interface Exchange {
  readonly request: Http.IncomingMessage
  readonly response: Http.ServerResponse
  /** The target's, without its question mark. */
  readonly query: string
  /** The client, as `Turns` takes it. */
  readonly client: Waiting
  /**
   * The answer goes on from here: no time limit holds, as long as its client reads. Returns false, and changes nothing, where no more
   * connections may stay: 503 is the answer then.
   */
  goOn(): boolean
  /** Aborted when the route is to end: time to bring an answer that goes on to its end. What is open at the deadline is cut off. */
  readonly closing: AbortSignal
}

export interface Route {
  readonly path: string
  /** The name of the route on the front page. */
  readonly title: string
  /**
   * The route is a mount: it answers all methods, here and at all paths below that no other route has, and reads bodies within
   * the time that a request may take to arrive. Which path it is, it reads from `request.url`, which is as the client sent it.
   */
  readonly isMount?: true
  /** Pages of these origins may open WebSockets as well, such as `https://tools.example.org`. */
  readonly origins?: readonly string[]
  /**
   * Answers a GET, or a HEAD like a GET: its body is left out. What it throws becomes a 500, or a connection broken off where
   * the answer had begun.
   */
  handle(exchange: Exchange): void | Promise<void>
  /** Takes a connection that is to go on as WebSocket (RFC 6455). Absent: such a request is answered by `handle`. */
  upgrade?(upgrade: Upgrade): void
}

/** A connection that is the route's from now on: its first bytes say that the protocol is switched, or why not. */
export interface Upgrade {
  readonly request: Http.IncomingMessage
  /** The target's, without its question mark. */
  readonly query: string
  /** Its errors are seen to. */
  readonly socket: Duplex
  /** Bytes that the client sent right behind its request. */
  readonly head: Buffer
  /** Aborted when the route is to end: time to say goodbye. What is open at the deadline is cut off. */
  readonly closing: AbortSignal
}
