/** Configuration of the `otlp_http` exporter. Keys and defaults are the Collector's; README.md says where they differ. */
import { z } from 'zod'
import { duration, retryOnFailure } from '../../pipeline/config.ts'
import { explicitHistograms } from '../shared/classic-histograms.ts'
import { connectionKeys, httpAddress, httpHeaders } from '../shared/http/config.ts'
import { pushQueue } from '../shared/push-config.ts'

const SIGNAL_ENDPOINTS = ['traces_endpoint', 'metrics_endpoint', 'logs_endpoint'] as const

export const config = z
  .strictObject({
    endpoint: httpAddress()
      .optional()
      .describe('URL of the server; requests go to /v1/traces, /v1/metrics and /v1/logs below it'),
    traces_endpoint: httpAddress()
      .optional()
      .describe('Whole URL for spans, in place of that below `endpoint`'),
    metrics_endpoint: httpAddress().optional().describe('The same for metrics'),
    logs_endpoint: httpAddress().optional().describe('The same for log records'),
    encoding: z.enum(['proto', 'json']).default('proto').describe('Of requests'),
    compression: z
      .enum(['gzip', 'zstd', 'zlib', 'deflate', 'none'], {
        error: ({ input }) =>
          input === 'snappy' || input === 'lz4'
            ? `must not be ${input}, which is not here; zstd is as quick`
            : undefined,
      })
      .default('gzip')
      .describe('Of requests; `zlib` and `deflate` are the same under two names'),
    compression_params: z
      .strictObject({
        level: z.int().min(-1).max(22).optional().describe('1 to 9, of zstd 1 to 22; -1: the usual'),
      })
      .prefault({})
      .describe('How much is compressed'),
    headers: httpHeaders(),
    timeout: duration().prefault('30s').describe('Limit for one attempt; 0: none'),
    ...connectionKeys,
    classic_histograms: explicitHistograms(),
    retry_on_failure: retryOnFailure().describe('What happens after an error that may pass'),
    sending_queue: pushQueue(),
  })
  .superRefine((given, context) => {
    const {
      compression,
      compression_params: { level = -1 },
    } = given
    if (given.endpoint === undefined && SIGNAL_ENDPOINTS.every(key => given[key] === undefined))
      context.addIssue({
        code: 'custom',
        path: ['endpoint'],
        message: 'must be set, or one of traces_endpoint, metrics_endpoint and logs_endpoint',
      })
    const most = compression === 'zstd' ? 22 : 9
    if (level > most || level === 0)
      context.addIssue({
        code: 'custom',
        path: ['compression_params', 'level'],
        message: `must be -1, or 1 to ${most} for ${compression}, got ${level}`,
      })
  })
export type OtlpHttpConfig = z.output<typeof config>
