/** Configuration of the `otlp_grpc` exporter. Keys and defaults are the Collector's; README.md says where they differ. */
import { z } from 'zod'
import {
  describeValue,
  duration,
  type Endpoint,
  endpoint,
  retryOnFailure,
  tlsClient,
} from '../../pipeline/config.ts'
import { auth } from '../shared/client-auth.ts'
import { pushQueue, requestHeaders } from '../shared/push-config.ts'

interface Target extends Endpoint {
  /** The scheme: `https` means TLS, `http` none; undefined: the `tls` block decides. */
  readonly scheme: 'http' | 'https' | undefined
}

/** `host:port`, also with `http://` or `https://` in front. */
const target = z
  .string({ error: issue => (issue.input === undefined ? 'must be set' : undefined) })
  .transform((text, context): Target => {
    const match = /^(?:(https?):\/\/)?(.*?)\/?$/.exec(text)
    const address = endpoint().safeParse(match?.[2])
    if (address.success) return { ...address.data, scheme: match?.[1] as Target['scheme'] }
    const message = `must be "host:port", "http://host:port" or "https://host:port", without a path, got ${describeValue(text)}`
    context.issues.push({ code: 'custom', message, input: text })
    return z.NEVER
  })

/** gRPC keeps these for itself. */
const RESERVED = /^(grpc-|:|content-type$|te$|user-agent$)/

const fields = z.strictObject({
  endpoint: target.describe('Server: host:port; https:// in front forces TLS, http:// turns it off'),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('Of requests'),
  headers: requestHeaders(RESERVED, 'gRPC'),
  auth: auth(),
  timeout: duration().prefault('5s').describe('Limit for one attempt; 0: none'),
  tls: tlsClient()
    .unwrap()
    .safeExtend({
      reload_interval: duration().prefault('0s').describe('Read the files again after this long; 0: never'),
    })
    .prefault({})
    .describe('TLS towards the server'),
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
