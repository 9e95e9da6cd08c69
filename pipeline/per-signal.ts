import type { Component, Consumer, Create, Factory, Signal } from './component.ts'
import { SIGNALS } from './data/batches.ts'

/** A processor of one signal: what it is and what it consumes are one. `update`: see Part. */
type Processor<C, S extends Signal> = (
  c: Create<C>,
  next: Consumer<S>,
) => Component & Consumer<S> & { update?(config: Readonly<C>): Promise<boolean> }

/** The `create` of a factory of processors, made of one for each signal that it supports. */
export function perSignal<C>(creators: { readonly [S in Signal]?: Processor<C, S> }): Factory<C>['create'] {
  return (c, next) => {
    const signal = SIGNALS.find(one => next[one])
    const create = signal && (creators[signal] as Processor<C, Signal> | undefined)
    if (!create) throw new Error(`must have a way to be created for ${signal}, got none`)
    const processor = create(c, next[signal] as Consumer<Signal>)
    return {
      start: (host, abort) => processor.start(host, abort),
      shutdown: abort => processor.shutdown(abort),
      ...(processor.update && { update: config => processor.update!(config as Readonly<C>) }),
      consumers: { [signal]: processor },
    }
  }
}
