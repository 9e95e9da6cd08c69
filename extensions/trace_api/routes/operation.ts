/** The operations of the API as data: what each takes and answers, who may use it, and what it does. Requests are checked by it, and the document tells it. */
import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Identity, TraceVerb } from '../auth/gate.ts'

/** The texts of a query or of the parameters of a path. */
export type Texts = Readonly<Record<string, string | readonly string[] | undefined>>

/** A right that a request needs whatever is there. */
interface Right {
  readonly verb: TraceVerb
  /** Absent: in all namespaces, and on the node. */
  readonly namespace: string | undefined
}

/** An answer of an operation, as the document tells it. */
interface Described {
  readonly description: string
  /** Absent: no body, or one that is not JSON. */
  readonly schema?: z.ZodType
  readonly type?: string
}

/** A request that has been checked. */
export interface Call<P, Q, B> {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly who: Identity
  readonly address: string | undefined
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export interface Answer {
  readonly status: number
  /** Text stays as it is; undefined: there is no body. */
  readonly body?: unknown
  /** Absent: JSON. */
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Operation<P = unknown, Q = unknown, B = unknown> {
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/jobs/{id}`, as OpenAPI has it. */
  readonly path: string
  readonly summary: string
  readonly params?: z.ZodType<P>
  readonly query?: z.ZodType<Q>
  readonly body?: z.ZodType<B>
  readonly answers: Readonly<Record<number, Described>>
  /** Absent: any login will do, or `run` decides. */
  readonly right?: (params: Texts) => Right
  /** Undefined: the answer is on its way already. */
  readonly run: (call: Call<P, Q, B>) => Promise<Answer | undefined> | Answer | undefined
}

/** The same operation, its parts checked to fit each other. */
export function operation<P, Q, B>(given: Operation<P, Q, B>): Operation {
  return given as unknown as Operation
}

/** Returns the address of a client, without its port. */
export function addressOf({ socket }: Pick<IncomingMessage, 'socket'>): string | undefined {
  return socket.remoteAddress
}
