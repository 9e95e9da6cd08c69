import * as assert from 'uvu/assert'
import { z } from 'zod'
import type { Consumers, Create, Factory, Part, Signal } from '../../pipeline/component.ts'
import { SIGNALS } from '../../pipeline/data/batches.ts'
import { KINDS } from '../../pipeline/kinds.ts'
import { sink } from './consumers.ts'
import { createContext, never, nopHost } from './context.ts'

/**
 * Asserts what every component promises: shutdown works before start, twice, after a start that failed or was
 * aborted, and with its deadline passed; two instances do not share state; the configuration decodes the same way
 * twice, is left untouched, has a JSON Schema, and describes each key. `config` is as the user writes it.
 * `canStart: false` is for a component that needs more than the test machine has: a failing start is then fine.
 */
export async function checkLifecycle<C>(
  factory: Factory<C>,
  config: unknown,
  options: { readonly canStart?: boolean } = {},
): Promise<void> {
  assert.equal(factory.config.parse(config), factory.config.parse(config), 'decodes the same way twice')
  checkDescribed(factory.config)
  const context = () => createContext(freeze(factory.config.parse(config)))
  assert.equal(
    abilitiesOf(factory, context()),
    Object.keys(factory.stability).sort(),
    'can be created for what it says it supports',
  )
  for (const next of wirings(factory)) await checkInstances(() => factory.create(context(), next), options)
}

async function checkInstances(make: () => Part, options: { readonly canStart?: boolean }): Promise<void> {
  const unstarted = make()
  await unstarted.shutdown(never)
  await unstarted.shutdown(never)

  const aborted = AbortSignal.abort()
  const refused = make()
  await refused.start(nopHost(), aborted).catch(() => {})
  await refused.shutdown(never)
  await make().shutdown(aborted)

  for (const deadline of [never, aborted]) {
    const component = make()
    const failure = await component.start(nopHost(), never).catch((error: unknown) => error)
    if (options.canStart !== false) assert.is(failure, undefined, `starts: ${failure}`)
    await component.shutdown(deadline)
    await component.shutdown(never)
  }
}

/** Returns the consumers to which an instance of this kind may have to send. */
function wirings<C>({ kind, stability }: Factory<C>): Consumers[] {
  if (KINDS[kind].isPerPipeline) return Object.keys(stability).map(signal => ({ [signal]: sink<never>() }))
  const gives = KINDS[kind].lists.some(list => list === 'receivers')
  return [gives ? { traces: sink<'traces'>(), metrics: sink(), logs: sink<'logs'>() } : {}]
}

/** Returns what the code can do, whatever `stability` says; only a receiver itself knows. */
function abilitiesOf<C>(factory: Factory<C>, context: Create<C>): string[] {
  const taken = (next: Consumers) => Object.keys(factory.create(context, next).consumers ?? {})
  const takenFor = (signal: Signal) => {
    try {
      return taken({ [signal]: sink<never>() })
    } catch {
      return []
    }
  }
  const abilities = {
    receivers: () => Object.keys(factory.stability),
    processors: () => SIGNALS.flatMap(takenFor),
    exporters: () => taken({}),
    connectors: () => SIGNALS.flatMap(to => takenFor(to).map(from => `${from}-to-${to}`)),
    extensions: () => ['extension'],
  }
  return abilities[factory.kind]().sort()
}

/** Plain maps and lists only: a Secret or an Endpoint is a value. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && (Array.isArray(value) || value.constructor === Object)) {
    Object.values(value).forEach(freeze)
    Object.freeze(value)
  }
  return value
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema & { description?: string }>>
}

/** Asserts that the configuration has a JSON Schema, and that every key of it says what it does. */
export function checkDescribed(config: z.ZodType): void {
  check(z.toJSONSchema(config, { io: 'input' }) as Schema, 'config')
}

function check(schema: Schema, path: string): void {
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    assert.ok(field.description || field.properties, `${path}::${key} should have a description`)
    check(field, `${path}::${key}`)
  }
}
