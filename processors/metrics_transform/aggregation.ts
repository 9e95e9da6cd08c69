import type { MetricColumn, MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { Reaggregator } from '../../pipeline/data/reaggregator.ts'
import type { AggregationType } from './config.ts'
import { aggregateMoment } from './moment.ts'

/** Makes the rows of tables of one metric unique, batch after batch. Of each stream there is one table in a batch at most. */
export function createAggregation(
  type: AggregationType,
): (table: MetricTable, resources: readonly Resource[]) => MetricTable {
  const reaggregator = new Reaggregator()
  return (table, resources) => {
    const [metric] = table.metrics as readonly [MetricColumn]
    if (type === 'sum' && metric.type === 'gauge')
      return reaggregator.process({ ...table, metrics: [{ ...metric, merge: 'sum' }] }, resources)
    // Histograms are added up whatever is asked for, as in the Collector: there is no mean of them.
    if (type === 'sum' || metric.type === 'exponential_histogram')
      return reaggregator.process(table, resources)
    return aggregateMoment(table, resources, type)
  }
}
