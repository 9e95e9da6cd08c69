/** Configuration of the `otlp_http` exporter. Keys and defaults are the Collector's; README.md says where they differ. */
import { z } from 'zod'
import { duration, retryOnFailure, secret, tlsClient } from '../../pipeline/config.ts'
import { pushQueue, requestHeaders } from '../shared/push-config.ts'

/** HTTP keeps these for itself. */
const RESERVED =
  /^(connection|content-encoding|content-length|content-type|host|keep-alive|transfer-encoding|upgrade|user-agent)$/

const isHttp = (text: string) => {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.hash === '' && url.username === ''
}
const address = () =>
  z.string().refine(isHttp, 'must be a URL that begins with http:// or https://, without user and fragment')

const SIGNAL_ENDPOINTS = ['traces_endpoint', 'metrics_endpoint', 'logs_endpoint'] as const

export const config = z
  .strictObject({
    endpoint: address()
      .optional()
      .describe('URL of the server; requests go to /v1/traces, /v1/metrics and /v1/logs below it'),
    traces_endpoint: address().optional().describe('Whole URL for spans, in place of that below `endpoint`'),
    metrics_endpoint: address().optional().describe('The same for metrics'),
    logs_endpoint: address().optional().describe('The same for log records'),
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
    headers: requestHeaders(RESERVED, 'HTTP'),
    timeout: duration().prefault('30s').describe('Limit for one attempt; 0: none'),
    proxy_url: secret()
      .refine(
        url => isHttp(url.reveal().replace(/\/\/[^/@]*@/, '//')),
        'must be a URL that begins with http:// or https://',
      )
      .optional()
      .describe('Proxy; absent: that of HTTP_PROXY, HTTPS_PROXY and NO_PROXY, never for this machine'),
    max_conns_per_host: z.int().min(0).default(0).describe('Most connections to a server; 0: no limit'),
    max_idle_conns: z
      .int()
      .min(0)
      .default(100)
      .describe('Accepted; an idle connection closes after idle_conn_timeout'),
    max_idle_conns_per_host: z.int().min(0).default(0).describe('The same'),
    idle_conn_timeout: duration({ min: '1ms' })
      .prefault('90s')
      .describe('Closes a connection that is not used for so long'),
    disable_keep_alives: z.boolean().default(false).describe('True: a connection for each request'),
    tls: tlsClient()
      .unwrap()
      .safeExtend({
        reload_interval: duration().prefault('0s').describe('Read the files again after this long; 0: never'),
      })
      .prefault({})
      .describe('TLS towards servers whose URL begins with https://'),
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
