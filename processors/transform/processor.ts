/** The `transform` processor of each signal. Batches are not written to. */
import { Errors } from '../../ottl/error-mode.ts'
import { transformLogs, transformSpans } from '../../ottl/events.ts'
import { MetricsTransformer } from '../../ottl/metrics.ts'
import { stateless } from '../../ottl/stateless.ts'
import { toSteps } from '../../ottl/written.ts'
import type { Component, Consumer, Create } from '../../pipeline/component.ts'
import type { Config } from './config.ts'

/** Rows that become alike are added up. */
export function transformMetrics(
  create: Create<Config>,
  next: Consumer<'metrics'>,
): Component & Consumer<'metrics'> {
  const { metric_statements, error_mode } = create.config
  const transformer = new MetricsTransformer(
    toSteps(metric_statements, 'metrics', error_mode, new Errors(create, 'transform')),
  )
  return stateless(next, batch => transformer.transform(batch))
}

export function transformLogRecords(
  create: Create<Config>,
  next: Consumer<'logs'>,
): Component & Consumer<'logs'> {
  const { log_statements, error_mode } = create.config
  const steps = toSteps(log_statements, 'logs', error_mode, new Errors(create, 'transform'))
  return stateless(next, batch => transformLogs(batch, steps))
}

export function transformTraces(
  create: Create<Config>,
  next: Consumer<'traces'>,
): Component & Consumer<'traces'> {
  const { trace_statements, error_mode } = create.config
  const steps = toSteps(trace_statements, 'traces', error_mode, new Errors(create, 'transform'))
  return stateless(next, batch => transformSpans(batch, steps))
}
