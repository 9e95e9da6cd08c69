/** Consumers to put behind the component under test. */
import type { Consumer, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { type ErrorCode, PipelineError } from '../../pipeline/errors.ts'

export interface Sink<S extends Signal = 'metrics'> extends Consumer<S> {
  /** Every batch taken, oldest first. */
  readonly batches: Batches[S][]
}

/** Returns a consumer that takes and keeps every batch. */
export function sink<S extends Signal = 'metrics'>(options: { readonly mutates?: boolean } = {}): Sink<S> {
  const batches: Batches[S][] = []
  return {
    mutates: options.mutates ?? false,
    batches,
    async consume(batch) {
      batches.push(batch)
    },
  }
}

/** Refuses everything with a PipelineError of this code; retryable unless the code is PIPE_REJECTED. */
export function failing<S extends Signal = 'metrics'>(
  code: Extract<ErrorCode, `PIPE_${string}`> = 'PIPE_DOWNSTREAM_UNAVAILABLE',
): Consumer<S> {
  return {
    mutates: false,
    async consume() {
      throw new PipelineError(code, `failing consumer: ${code}`, { retryable: code !== 'PIPE_REJECTED' })
    },
  }
}

/** Refuses everything, and says so to who asks before there is a batch. */
export function refusing<S extends Signal = 'metrics'>(name = 'refusing consumer') {
  const error = new PipelineError('PIPE_DOWNSTREAM_UNAVAILABLE', name, { retryable: true })
  const counted: number[] = []
  const consumer: Consumer<S> = {
    mutates: false,
    async consume() {
      throw error
    },
    refusal: () => ({ error, count: items => void counted.push(items) }),
  }
  return { ...consumer, refusal: consumer.refusal!, counted }
}

interface Held<S extends Signal = 'metrics'> extends Consumer<S> {
  /** Batches that wait, oldest first. */
  readonly waiting: Batches[S][]
  /** Lets the oldest through, or refuses it with `error`. */
  release(error?: PipelineError): void
}

/** Holds each batch until told to let go: a slow backend without a clock. */
export function held<S extends Signal = 'metrics'>(): Held<S> {
  const waiting: Batches[S][] = []
  const settle: ((error?: PipelineError) => void)[] = []
  return {
    mutates: false,
    waiting,
    consume(batch) {
      waiting.push(batch)
      return new Promise((resolve, reject) => {
        settle.push(error => (error ? reject(error) : resolve()))
      })
    },
    release(error) {
      waiting.shift()
      settle.shift()?.(error)
    },
  }
}

/** Lets every promise that can settle do so. */
export function settled(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

/** Resolves when `isSo` holds, which something outside of this process's promises makes true; the runner's limit is the deadline. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await settled()
}
