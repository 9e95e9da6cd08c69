import * as assert from 'uvu/assert'
import { z } from 'zod'
import type {
  Component,
  Consumers,
  Create,
  ExporterFactory,
  ProcessorFactory,
  ReceiverFactory,
  Signal,
} from '../../pipeline/component.ts'
import { sink } from './consumers.ts'
import { createContext, never, nopHost } from './context.ts'

/** A factory under the kind it is listed as. */
type KindedFactory<C> =
  | { readonly receiver: ReceiverFactory<C> }
  | { readonly processor: ProcessorFactory<C> }
  | { readonly exporter: ExporterFactory<C> }

/**
 * Asserts what every component promises: shutdown works before start, twice, after a start that failed or was
 * aborted, and with its deadline passed; two instances do not share state; the configuration decodes the same way
 * twice, is left untouched, has a JSON Schema, and describes each key. `config` is as the user writes it.
 * `canStart: false` is for a component that needs more than the test machine has: a failing start is then fine.
 */
export async function checkLifecycle<C>(
  kinded: KindedFactory<C>,
  config: unknown,
  options: { readonly canStart?: boolean } = {},
): Promise<void> {
  const factory = Object.values(kinded)[0] as { config: z.ZodType<C>; stability: Consumers }
  assert.equal(factory.config.parse(config), factory.config.parse(config), 'decodes the same way twice')
  checkDescribed(factory.config)
  const context = () => createContext(freeze(factory.config.parse(config)))
  const supported = Object.keys(factory.stability) as Signal[]
  assert.equal(
    signalsOf(kinded, context()),
    supported.toSorted(),
    'can be created for what it says it supports',
  )
  // Only a processor has instances of one signal.
  for (const signal of 'processor' in kinded ? supported : supported.slice(0, 1))
    await checkInstances(() => create(kinded, context(), signal), options)
}

async function checkInstances(
  make: () => Component,
  options: { readonly canStart?: boolean },
): Promise<void> {
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

function create<C>(kinded: KindedFactory<C>, context: Create<C>, signal: Signal): Component {
  if ('receiver' in kinded)
    return kinded.receiver.create(context, {
      traces: sink<'traces'>(),
      metrics: sink(),
      logs: sink<'logs'>(),
    })
  if ('processor' in kinded) return kinded.processor.create[signal]!(context, sink<never>())
  return kinded.exporter.create(context)
}

/** The signals that the code knows, whatever `stability` says; of a receiver only it knows. */
function signalsOf<C>(kinded: KindedFactory<C>, context: Create<C>): string[] {
  if ('receiver' in kinded) return Object.keys(kinded.receiver.stability).sort()
  if ('processor' in kinded) return Object.keys(kinded.processor.create).sort()
  return Object.keys(kinded.exporter.create(context).consumers).sort()
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
