/** Configuration of the `oauth2client` extension. Keys and defaults are the Collector's; README.md says where they differ. */
import { z } from 'zod'
import { duration, secret, tlsChoices, tlsClient } from '../../pipeline/config.ts'

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

const isHttp = (text: string) => {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return false
  return [url.hash, url.username, url.password].every(part => part === '')
}
const file = (what: string) => z.string().optional().describe(`${what}; read for each token`)
const ofJwt = (what: string) => `${what}; for the grant of JWT`

const fields = z.strictObject({
  client_id: z.string().default('').describe('Who asks for tokens'),
  client_id_file: file('File with it; `client_id` is not used then'),
  client_secret: secret().optional().describe('Its secret; never printed'),
  client_secret_file: file('File with it; `client_secret` is not used then'),
  token_url: z
    .string({ error: ({ input }) => (input === undefined ? 'must be set' : undefined) })
    .refine(isHttp, 'must be a URL that begins with http:// or https://, without user and fragment')
    .describe('Where tokens are asked for'),
  scopes: z.array(z.string()).default([]).describe('What the token is to be good for'),
  endpoint_params: z
    .record(z.string(), z.union([z.string().transform(text => [text]), z.array(z.string())]))
    .default({})
    .describe('Further parameters of the request for a token, such as `audience`'),
  timeout: duration().prefault('0s').describe('Limit for one request for a token; 0: 30s'),
  expiry_buffer: duration()
    .prefault('5m')
    .describe('How long before its end a token is replaced; at most half of the time that it lasts'),
  tls: tlsClient()
    .unwrap()
    .safeExtend(tlsChoices)
    .prefault({})
    .describe('TLS towards the server of `token_url`'),
  grant_type: z
    .enum(['client_credentials', JWT_BEARER])
    .default('client_credentials')
    .describe('How the client shows who it is: by its secret, or by a JWT that it signs'),
  client_certificate_key: secret().optional().describe(ofJwt('Private key (RSA, PEM)')),
  client_certificate_key_file: file(ofJwt('File with it')),
  client_certificate_key_id: z.string().optional().describe(ofJwt('`kid` of the header')),
  signature_algorithm: z
    .enum(['RS256', 'RS384', 'RS512'])
    .default('RS256')
    .describe(ofJwt('How it is signed')),
  iss: z.string().optional().describe(ofJwt('`iss`; absent: the client_id')),
  audience: z.string().optional().describe(ofJwt('`aud`; absent: the token_url')),
  claims: z.record(z.string(), z.unknown()).default({}).describe(ofJwt('Further claims')),
})

export const config = fields.superRefine((given, context) => {
  const lack = (key: string, other: string) =>
    context.addIssue({ code: 'custom', path: [key], message: `must be set, or ${other}` })
  if (!given.client_id && !given.client_id_file) lack('client_id', 'client_id_file')
  const isJwt = given.grant_type === JWT_BEARER
  if (isJwt && !isThere(given.client_certificate_key) && !given.client_certificate_key_file)
    lack('client_certificate_key', 'client_certificate_key_file')
  if (!isJwt && !isThere(given.client_secret) && !given.client_secret_file)
    lack('client_secret', 'client_secret_file')
})
export type Oauth2Config = z.output<typeof config>

function isThere(text: z.output<ReturnType<typeof secret>> | undefined): boolean {
  return text !== undefined && text.reveal() !== ''
}
