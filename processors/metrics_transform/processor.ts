import { systemClock } from '../../pipeline/clock.ts'
import type { Component, Consumer, Create } from '../../pipeline/component.ts'
import { countPoints } from '../../pipeline/data/items.ts'
import type { MetricsBatch, MetricTable } from '../../pipeline/data/metrics.ts'
import { ResourceList } from '../../pipeline/data/resource-list.ts'
import { compactBatch } from '../../pipeline/data/select-rows.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import { LimitedLog } from '../../pipeline/limited-log.ts'
import type { Config } from './config.ts'
import { createSettle } from './settle.ts'
import { createTransform, type Watch } from './transforms.ts'

const LOG_EVERY_MS = 30_000

/** Transforms each batch, which is not written to, one transform after the other. What is grouped goes after all others. */
export function createMetricsTransform(
  create: Create<Config>,
  next: Consumer<'metrics'>,
): Component & Consumer<'metrics'> {
  const watch = createWatch(create)
  const transforms = create.config.transforms.map(options => createTransform(options, watch))
  const settleGroups = createSettle()
  const transform = (batch: MetricsBatch): MetricsBatch => {
    const resources = new ResourceList(batch.resources)
    let tables = batch.tables
    const grouped: MetricTable[] = []
    for (const apply of transforms) {
      const applied = apply(tables, resources)
      tables = applied.tables
      grouped.push(...applied.grouped)
    }
    if (grouped.length > 0) tables = settleGroups(grouped, tables, resources.all)
    return compactBatch({ resources: resources.all, tables })
  }
  return {
    mutates: false,
    async start() {},
    async shutdown() {},
    consume: async (batch, abort) => next.consume(transform(batch), abort),
  }
}

function createWatch({ id, log, meter }: Create<Config>): Watch {
  const dropped = new Instruments(meter, { processor: id }).counter(
    'processor_metrics_transform_dropped_points',
    '{datapoint}',
    'Points that delete_label_value deleted (reason deleted), and points of metrics of which combine and group take others (unmatched)',
  )
  const problems = new LimitedLog(systemClock, LOG_EVERY_MS, (count, { message }) =>
    log.warn({ count, problem: message }, 'could not transform as configured'),
  )
  const count = (tables: readonly MetricTable[]) => countPoints({ resources: [], tables })
  return {
    lost(before, after, reason) {
      const points = count(before) - count(after)
      if (points > 0) dropped(points, { reason })
    },
    warn: problem => problems.add(1, new Error(problem)),
  }
}
