/** What a listener serves. Types only. */
import type Http from 'node:http'
import type { Waiting } from './turns.ts'

/** One request and its answer. */
export interface Exchange {
  readonly request: Http.IncomingMessage
  readonly response: Http.ServerResponse
  /** Of the target, without its question mark. */
  readonly query: string
  /** Who asks, as `Turns` takes it. */
  readonly client: Waiting
}

export interface Route {
  readonly path: string
  /** What the front page calls it. */
  readonly title: string
  /**
   * Answers a GET, or a HEAD like a GET: its body is left out. What it throws becomes a 500, or a connection broken off where
   * the answer had begun.
   */
  handle(exchange: Exchange): void | Promise<void>
}
