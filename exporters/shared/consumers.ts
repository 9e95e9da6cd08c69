import type { Consumer, Consumers, Create, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { PipelineError } from '../../pipeline/errors.ts'

type Consume = <S extends Signal>(signal: S, batch: Batches[S], abort: AbortSignal) => Promise<void>

/** Consumers of all signals, which do not write to a batch. */
export function createConsumers(consume: Consume): Consumers {
  const of = <S extends Signal>(signal: S): Consumer<S> => ({
    mutates: false,
    consume: (batch, abort) => consume(signal, batch, abort),
  })
  return { traces: of('traces'), metrics: of('metrics'), logs: of('logs') }
}

/** The error of an exporter that has not been started, or is stopping. It is not retryable: the data is lost. */
export function notRunning({ id }: Pick<Create<unknown>, 'id'>): PipelineError {
  const message = `exporters::${id}: takes data only while it runs`
  return new PipelineError('PIPE_SHUTTING_DOWN', message, { retryable: false })
}
