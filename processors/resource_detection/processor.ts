/** The `resource_detection` processor of each signal. */
import type { Edit } from '../../ottl/edit.ts'
import { byStep } from '../../ottl/stateless.ts'
import type { Value, ValueMap } from '../../ottl/values.ts'
import type { Component, Consumer, Create, Signal } from '../../pipeline/component.ts'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import type { Config } from './config.ts'
import { detect, readSurroundings, type Surroundings } from './detect.ts'

/** Detects at the start, and adds what was found to all resources. Those that become alike are one. */
export function createProcessors(readFacts: () => Surroundings = readSurroundings) {
  const of =
    <S extends Signal>(signal: S) =>
    (create: Create<Config>, next: Consumer<S>): Component & Consumer<S> => {
      let found: Attributes = {}
      const merge = (old: ValueMap) => mergeInto(old, found, create.config.override)
      const processors = byStep<Config>(() => [
        { context: 'resource', conditions: [], edits: [{ ...toEdit(merge), onError() {} }] },
      ])
      const make = processors[signal] as unknown as (
        create: Create<Config>,
        next: Consumer<S>,
      ) => Component & Consumer<S>
      return {
        ...make(create, next),
        async start(_, abort) {
          using deadline = startDeadline(create.config.timeout)
          const limit = AbortSignal.any([abort, deadline.signal])
          const { attributes, problems } = await detect(create.config, readFacts(), limit)
          found = attributes
          for (const problem of problems) create.log.warn({}, problem)
          create.log.info({ attributes }, 'detected the resource')
        },
      }
    }
  return { metrics: of('metrics'), logs: of('logs'), traces: of('traces') }
}

function toEdit(make: (old: ValueMap) => ValueMap): Edit {
  return { target: {}, condition: undefined, change: { kind: 'map', reads: new Set(), make } }
}

function mergeInto(old: ValueMap, found: Attributes, isOverriding: boolean): ValueMap {
  const merged = new Map<string, Value>(old)
  for (const [key, value] of Object.entries(found))
    if (isOverriding || !old.has(key))
      merged.set(key, typeof value === 'number' ? BigInt(value) : (value as Value))
  return merged
}
