/** The part of a pushing exporter that differs from server to server: how requests are made, and how they get there. */
import type { EncodedRequest, RequestLimits } from '../../otlp/encode-table.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Host, Signal } from '../../pipeline/component.ts'
import type { RetryOnFailureConfig, SendingQueueConfig } from '../../pipeline/config-exporter.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import type { BatchConfig } from './request-limits.ts'

/** The keys that every pushing exporter has. */
export interface PushConfig {
  readonly retry_on_failure: RetryOnFailureConfig
  readonly sending_queue: SendingQueueConfig & {
    /** Most memory that the waiting data of a signal takes. */
    readonly max_bytes: number
    /** Absent: a batch is sent as it comes. */
    readonly batch?: BatchConfig | undefined
    /** The extension that keeps what waits on disk; undefined: it waits in memory. */
    readonly storage?: string | undefined
  }
}

export interface Protocol<C extends PushConfig> {
  /** The form of its requests, for what is stored and may be sent by another version or configuration. Short. */
  format(config: C): string
  /** Most in one request. */
  limits(config: C): RequestLimits
  /** The requests that the batch becomes, in order, each made when it is asked for. `config` may choose the encoding. */
  encode<S extends Signal>(
    signal: S,
    batch: Batches[S],
    limits: RequestLimits,
    config: C,
  ): Generator<EncodedRequest, void>
  /** Requests as one. Absent: their bytes one after the other, as messages of protobuf are joined. */
  join?(requests: readonly Uint8Array[], config: C): Uint8Array
  /** Requests of one batch under way at once, which may overtake each other. Absent: 1. */
  parallel?(config: C): number
  /** Opens the way to the server at the start. Rejects with SwollError where `tls` of the exporter is wrong. */
  open(config: C, context: OpenContext): Promise<Transport>
  /** The outcome of a failed attempt for a label: a name of the protocol. There must be few of them. */
  outcomeOf(error: unknown): string
}

/** The process, as a transport may use it. */
export interface OpenContext {
  readonly clock: Clock
  readonly host: Host
}

export interface Transport {
  /**
   * One attempt. Rejects with PipelineError: PIPE_REJECTED if this request will never be taken, a retryable one if it may be taken
   * later, with `retryAfterMs` as the server asked; PIPE_SHUTTING_DOWN after the abort.
   */
  send(signal: Signal, request: Uint8Array, abort: AbortSignal): Promise<ExportAnswer>
  close(): void
}

/** A server's answer to a request that it accepted. */
export interface ExportAnswer {
  /** A whole number from 0; a server may claim more than it was sent. */
  readonly rejectedItems: number
  /** May be set without rejected items: then it is a warning. Short. */
  readonly message: string
}
