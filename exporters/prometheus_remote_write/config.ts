/** Configuration of the `prometheus_remote_write` exporter. Keys and defaults are the Collector's; README.md says where they differ. */
import { z } from 'zod'
import { duration, retryOnFailure } from '../../pipeline/config.ts'
import { bytes } from '../../pipeline/config-fields.ts'
import { connectionKeys, httpAddress, httpHeaders } from '../shared/http/config.ts'
import {
  constLabels,
  conversionKey,
  findTaken,
  nameKeys,
  namingKey,
  resourceLabelsKey,
} from '../shared/prometheus/config.ts'

/** Labels of every series. */
const TARGET = ['job', 'instance']

const remoteWriteQueue = z
  .strictObject({
    enabled: z.boolean().default(true).describe('False: send while the pipeline waits'),
    queue_size: z
      .int()
      .min(1)
      .default(10_000)
      .describe('Most batches that wait; what comes on top is dropped and counted'),
    num_consumers: z
      .int()
      .min(1)
      .default(5)
      .describe('Requests of a batch under way at once; the next batch waits for all of them'),
    max_bytes: bytes()
      .prefault('64MiB')
      .describe('Most memory that waiting data takes, whatever queue_size allows'),
  })
  .prefault({})
  .describe('What waits for the server')

export const config = z
  .strictObject({
    endpoint: httpAddress().describe('URL of the server, such as http://prometheus:9090/api/v1/write'),
    protobuf_message: z
      .enum(['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'])
      .default('prometheus.WriteRequest')
      .describe('What is sent: the message of Remote-Write 1.0, or that of 2.0'),
    compression: z
      .enum(['snappy'], 'must be snappy, the one that remote write has')
      .default('snappy')
      .describe('Of requests'),
    headers: httpHeaders(['x-prometheus-remote-write-version'], 'remote write'),
    timeout: duration().prefault('5s').describe('Limit for one attempt; 0: none'),
    ...namingKey,
    external_labels: constLabels(),
    ...resourceLabelsKey,
    ...nameKeys,
    ...conversionKey,
    target_info: z
      .strictObject({
        enabled: z.boolean().default(true).describe('False: no series `target_info` for each resource'),
      })
      .prefault({}),
    disable_scope_info: z
      .boolean()
      .default(false)
      .describe('True: no labels `otel_scope_…`, which only `naming: otel` has'),
    send_metadata: z
      .boolean()
      .default(false)
      .describe('True: type, help and unit of metrics are sent, which 2.0 always does'),
    max_batch_size_bytes: bytes()
      .prefault('3000000')
      .describe('Most in one request, before compression; a single series may exceed it'),
    ...connectionKeys,
    retry_on_failure: retryOnFailure()
      .unwrap()
      .safeExtend({
        initial_interval: duration({ min: '1ms' }).prefault('50ms').describe('Wait before the first retry'),
        max_interval: duration({ min: '1ms' }).prefault('200ms').describe('Longest wait'),
        max_elapsed_time: duration().prefault('1m').describe('Give up and drop after this long; 0: never'),
      })
      .prefault({})
      .describe('What happens after an error that may pass'),
    remote_write_queue: remoteWriteQueue,
    wal: z
      .never({
        error: () => 'is not here: what waits is in memory, at most remote_write_queue::max_bytes; remove it',
      })
      .optional()
      .describe('Refused: there is no log on disk'),
  })
  .superRefine((given, context) => {
    for (const { name, message } of findTaken(given.external_labels, given))
      context.addIssue({ code: 'custom', path: ['external_labels', name], message })
    for (const name of TARGET)
      if (name in given.external_labels)
        context.addIssue({
          code: 'custom',
          path: ['external_labels', name],
          message: 'must not be job or instance, which come from the resource; choose another name',
        })
  })
export type RemoteWriteConfig = z.output<typeof config>
