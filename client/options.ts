/** How a client reaches an agent, and as whom. */
import type { Duplex } from 'node:stream'
import type { Clock } from '../pipeline/clock.ts'

export interface ClientOptions {
  /** `https://host:port`, or `http://…` for an agent without TLS. Through a proxy: the address of the proxy. */
  readonly endpoint: string
  /** In front of every path, without a slash at its end: `/api/v1/namespaces/swoll/pods/https:swoll-x7k2p:9096/proxy`. */
  readonly pathPrefix?: string | undefined
  /** Sent with every request: what a proxy asks for. Asked anew for each connection if a function: logins expire. */
  readonly headers?: Headers | (() => Promise<Headers>) | undefined
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | (() => Promise<string>) | undefined
  /** PEM of the authorities that may have signed the server's certificate; absent: those of Node. */
  readonly ca?: string | Buffer | undefined
  /** PEM of the client's own certificate and its key. */
  readonly cert?: string | Buffer | undefined
  readonly key?: string | Buffer | undefined
  /** The name that the server's certificate must have; absent: the host of the endpoint. */
  readonly serverName?: string | undefined
  /** Takes any certificate: whoever is on the way can read and change everything. */
  readonly insecureSkipTlsVerify?: boolean | undefined
  /** Makes the bytes of a connection, without TLS, instead of a socket to the endpoint: one for each connection. */
  readonly connect?: (() => Promise<Duplex>) | undefined
  /** How errors name the agent; absent: `host:port`. */
  readonly name?: string | undefined
  /** Longest until an answer begins; absent: 30 s. */
  readonly answerTimeoutMs?: number | undefined
  /** Most bytes of an answer that is a document; absent: 64 MiB. */
  readonly documentBytes?: number | undefined
  /** Absent: the system's. */
  readonly clock?: Clock | undefined
}

export type Headers = Readonly<Record<string, string | string[]>>
