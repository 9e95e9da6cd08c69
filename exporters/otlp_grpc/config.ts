/** Configuration of the `otlp_grpc` exporter. Keys and defaults are the Collector's; README.md says where they differ. */
import { z } from 'zod'
import { duration, retryOnFailure, tlsExporter } from '../../pipeline/config.ts'
import { explicitHistograms } from '../shared/classic-histograms.ts'
import { auth } from '../shared/client-auth.ts'
import { pushQueue, requestHeaders } from '../shared/push-config.ts'
import { target } from './target.ts'

/** gRPC keeps these for itself. */
const RESERVED = /^(grpc-|:|content-type$|te$|user-agent$)/

const keepalive = z
  .strictObject({
    time: duration()
      .prefault('10s')
      .describe('Silence after which the server is asked whether it is there; below 10s: 10s'),
    timeout: duration().prefault('10s').describe('Time for its answer; then the connection is made anew'),
    permit_without_stream: z.boolean().default(false).describe('True: also while no request is under way'),
  })
  .optional()
  .describe('Asks servers that are silent whether they are there; absent: does not')

const bufferSize = (most: number) =>
  z.int().min(0).default(most).describe('Accepted; buffers here have the size that they need')

const fields = z.strictObject({
  endpoint: target().describe(
    'Server: host:port; https:// in front forces TLS, http:// turns it off; or unix:///path',
  ),
  compression: z
    .enum(['gzip', 'none'], {
      error: ({ input }) =>
        input === 'zstd' || input === 'snappy'
          ? `must not be ${input}: the gRPC of Node knows gzip alone; use gzip, or otlp_http, which has zstd`
          : undefined,
    })
    .default('gzip')
    .describe('Of requests'),
  headers: requestHeaders(RESERVED, 'gRPC'),
  auth: auth(),
  keepalive,
  balancer_name: z
    .enum(['round_robin', 'pick_first'])
    .default('round_robin')
    .describe('Which of the addresses of the server get requests: all in turn, or the first that works'),
  wait_for_ready: z
    .boolean()
    .default(false)
    .describe('True: a request waits for a connection as long as `timeout`, and does not fail at once'),
  authority: z
    .string()
    .default('')
    .describe('`:authority` of requests, and the name in the certificate; empty: the host'),
  user_agent: z
    .string()
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII')
    .default('')
    .describe('Begin of the `user-agent` of requests; empty: swoll'),
  read_buffer_size: bufferSize(0),
  write_buffer_size: bufferSize(512 * 1024),
  timeout: duration().prefault('5s').describe('Limit for one attempt; 0: none'),
  tls: tlsExporter().describe('TLS towards the server'),
  classic_histograms: explicitHistograms(),
  retry_on_failure: retryOnFailure().describe('What happens after an error that may pass'),
  sending_queue: pushQueue(),
})

/** As gRPC itself has it: no credentials on a connection that anybody can read. */
export const config = fields.superRefine(({ auth, endpoint: { scheme }, tls }, context) => {
  const isPlain = scheme === undefined ? tls.insecure : scheme === 'http'
  if (!auth || !isPlain) return
  const message =
    'must not be set without TLS, over which gRPC sends no credentials; take away tls::insecure or http://, or give the header in "headers"'
  context.addIssue({ code: 'custom', path: ['auth', 'authenticator'], message })
})
export type OtlpGrpcConfig = z.output<typeof config>
