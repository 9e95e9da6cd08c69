/** The `resource` processor of each signal. Batches are not written to. */
import { toActionStep } from '../../ottl/actions.ts'
import { transformLogs, transformSpans } from '../../ottl/events.ts'
import { MetricsTransformer } from '../../ottl/metrics.ts'
import { stateless } from '../../ottl/stateless.ts'
import type { Component, Consumer, Create } from '../../pipeline/component.ts'
import type { Config } from './config.ts'

/** Resources that become alike are one, and their series are added up. */
export function changeMetrics(
  { config }: Create<Config>,
  next: Consumer<'metrics'>,
): Component & Consumer<'metrics'> {
  const transformer = new MetricsTransformer([toActionStep(config.attributes, 'resource')])
  return stateless(next, batch => transformer.transform(batch))
}

export function changeLogs({ config }: Create<Config>, next: Consumer<'logs'>): Component & Consumer<'logs'> {
  const step = toActionStep(config.attributes, 'resource')
  return stateless(next, batch => transformLogs(batch, [step]))
}

export function changeSpans(
  { config }: Create<Config>,
  next: Consumer<'traces'>,
): Component & Consumer<'traces'> {
  const step = toActionStep(config.attributes, 'resource')
  return stateless(next, batch => transformSpans(batch, [step]))
}
