/** Configuration of the `prometheus` exporter. */
import { z } from 'zod'
import { duration, endpoint, listenerPath, listenerTimeouts, listenerTls } from '../../pipeline/config.ts'
import { classicHistograms } from '../shared/classic-histograms.ts'
import { constLabels, findTaken, namingKey, resourceLabelsKey } from '../shared/prometheus/config.ts'
import { collectorKeys } from './config-collector.ts'

const limit = (value: number, what: string) => z.int().min(1).default(value).describe(what)

export const config = z
  .strictObject({
    endpoint: endpoint({ listen: true }).describe(
      'Address to listen on: 127.0.0.1:9095, or :9095 for all addresses, IPv4 and IPv6',
    ),
    path: listenerPath().default('/metrics').describe('Path of the metrics'),
    tls: listenerTls(),
    ...namingKey,
    const_labels: constLabels(),
    ...resourceLabelsKey,
    ...collectorKeys,
    metric_expiration: duration({ min: '1s' })
      .prefault('5m')
      .describe('What has not been updated for this long is dropped, scraped or not'),
    send_timestamps: z
      .boolean()
      .default(false)
      .describe('True: each sample carries the time of its collection'),
    created_series: z
      .boolean()
      .default(false)
      .describe(
        'True: OpenMetrics has `_created` lines, which a Prometheus that is not told otherwise stores as as many series again',
      ),
    classic_histograms: classicHistograms(
      'True: histograms also have classic buckets, in every format; their bounds are powers of two',
    ),
    max_ended_series: limit(100_000, 'Most rows of ended series that wait for their last scrapes'),
    max_concurrent_scrapes: limit(
      4,
      'A scrape on top of these waits for up to 5 s, then is answered with 503; meanwhile the slowest reader is cut off',
    ),
    ...listenerTimeouts,
  })
  .superRefine((c, context) => {
    for (const { name, message } of findTaken(c.const_labels, c))
      context.addIssue({ code: 'custom', path: ['const_labels', name], message })
    if (c.resource_constant_labels && c.resource_to_telemetry_conversion.enabled)
      context.addIssue({
        code: 'custom',
        path: ['resource_constant_labels'],
        message: 'must not be beside resource_to_telemetry_conversion, which shows all attributes; keep one',
      })
  })

export type Config = z.output<typeof config>
