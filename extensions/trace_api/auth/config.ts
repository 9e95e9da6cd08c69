/** Configuration of who may do what. */
import { z } from 'zod'
import { apiLogin } from '../../../kubernetes/pods/origin.ts'
import { bytes, type Endpoint, formatEndpoint, secret, text } from '../../../pipeline/config.ts'
import { isLoopbackAddress } from '../../../pipeline/http/check-request.ts'
import { compilePattern } from '../../../pipeline/linear-pattern.ts'
import { REQUEST_LIMITS } from '../../../trace/requests/limits.ts'
import { VERBS } from './gate.ts'

const rights = {
  namespaces: z
    .array(text)
    .min(1)
    .describe('Namespaces whose pods may be traced; `*`: all of them, and the node itself'),
  verbs: z
    .array(z.enum(VERBS))
    .min(1)
    .default([...VERBS])
    .describe('`get`: see jobs; `create` and `delete` them; `watch`: read calls'),
}
const userRights = z.strictObject({ name: text.describe('Name of the user'), ...rights })

const kubernetes = z.strictObject({
  ...apiLogin,
  audiences: z
    .array(text)
    .default([])
    .describe('Tokens must be for one of these; empty: for the API server itself, or for `swoll`'),
  client_ca_file: text
    .optional()
    .describe('PEM file of the authorities whose client certificates name users (CN) and groups (O)'),
})
export type KubernetesAuthConfig = z.output<typeof kubernetes>

const token = z
  .strictObject({
    name: text.describe('Name of the user, for the audit log'),
    token: secret().optional().describe('The token; at least 16 characters'),
    token_file: text.optional().describe('File that holds it; read again when it changes'),
    ...rights,
  })
  .superRefine((given, context) => {
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message })
    if ((given.token === undefined) === (given.token_file === undefined))
      refuse('token', 'must be set, or token_file, and not both')
    if (given.token !== undefined && given.token.reveal().length < MIN_TOKEN)
      refuse('token', `must have at least ${MIN_TOKEN} characters; make one with: openssl rand -hex 32`)
  })
export type TokenConfig = z.output<typeof token>

/** Characters: less can be guessed. */
export const MIN_TOKEN = 16

const htpasswd = z.strictObject({
  file: text.describe('File of `htpasswd -B`: bcrypt alone; read again when it changes'),
  users: z.array(userRights).min(1).describe('What its users may do'),
})
export type HtpasswdConfig = z.output<typeof htpasswd>

const certificates = z.strictObject({
  client_ca_file: text.describe('PEM file of the authorities that client certificates must come from'),
  users: z.array(userRights).min(1).describe('What may be done with a certificate of this common name (CN)'),
})

export const auth = z
  .strictObject({
    kubernetes: kubernetes
      .optional()
      .describe('Users of the cluster: TokenReview says who it is, SubjectAccessReview what they may do'),
    tokens: z.array(token).default([]).describe('Fixed tokens, for use without a cluster'),
    htpasswd: htpasswd.optional().describe('Names and passwords, for use without a cluster'),
    certificates: certificates.optional().describe('Client certificates, for use without a cluster'),
    insecure_allow_anonymous: z
      .boolean()
      .default(false)
      .describe('True: whoever reaches the endpoint may trace everything without a login'),
  })
  .superRefine((given, context) => {
    if (given.kubernetes?.client_ca_file && given.certificates)
      context.addIssue({
        code: 'custom',
        path: ['certificates'],
        message: 'must not be set together with kubernetes::client_ca_file; keep one',
      })
  })
export type AuthConfig = z.output<typeof auth>

const pattern = text.superRefine((source, context) => {
  try {
    compilePattern(source)
  } catch (error) {
    const message = `must be a regular expression as RE2 has them, got "${source}" (${(error as Error).message})`
    context.addIssue({ code: 'custom', message })
  }
})

const { stringBytes, payloadBytes } = REQUEST_LIMITS

export const policy = z.strictObject({
  payload_limit: z
    .int()
    .min(payloadBytes.min)
    .max(payloadBytes.max)
    .default(0)
    .describe('Most bytes of what is read, written, sent and received that a job may ask for'),
  string_limit: z
    .int()
    .min(stringBytes.min)
    .max(stringBytes.max)
    .default(1024)
    .describe('Most bytes of a string that a job may ask for'),
  environments: z
    .boolean()
    .default(false)
    .describe('Whether jobs may ask for the environments of programs, which often hold secrets'),
  redact: z
    .array(pattern)
    .default([])
    .describe('Regular expressions (RE2); in all jobs, stars take the place of what matches'),
  require_consent: z
    .boolean()
    .default(false)
    .describe('Whether only pods are traced that say so, or whose namespace does'),
})
export type PolicyConfig = z.output<typeof policy>

export const allowedOrigins = z
  .array(
    z
      .string()
      .regex(/^https?:\/\/[^/\s]+$/, 'must be an origin such as "https://tools.example.com", without a path'),
  )
  .default([])
  .describe("Pages of these origins may use the API, besides the agent's own")

export const auditLog = z
  .strictObject({
    path: text.describe('File to which a line of JSON is appended for each'),
    max_size: bytes().prefault('100MiB').describe('Beyond this the file is renamed to PATH.1'),
  })
  .optional()
  .describe('A file for who did what, besides the log')
export type AuditLogConfig = z.output<typeof auditLog>

interface Guarded {
  readonly endpoint: Endpoint
  readonly auth: AuthConfig
  readonly policy: PolicyConfig
  /** Where the pods of the node come from. */
  readonly pods?: object | undefined
  readonly tls?: { readonly client_ca_file?: string | undefined } | undefined
}

/** Whether anybody has to log in. */
export function hasLogin({ kubernetes, tokens, htpasswd, certificates }: AuthConfig): boolean {
  return Boolean(kubernetes ?? htpasswd ?? certificates) || tokens.length > 0
}

/** The file of the authorities of client certificates, if these name users. */
export function clientCaFile({ kubernetes, certificates }: AuthConfig): string | undefined {
  return kubernetes?.client_ca_file ?? certificates?.client_ca_file
}

/** Rules between these keys and those of the listener. */
export function checkAuth({ endpoint, auth, policy, pods, tls }: Guarded, context: z.RefinementCtx): void {
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  if (!isLocal(endpoint) && !hasLogin(auth) && !auth.insecure_allow_anonymous)
    refuse(
      ['auth'],
      `must have kubernetes, tokens, htpasswd or certificates, since ${formatEndpoint(endpoint)} is not for this host alone; or set auth::insecure_allow_anonymous to let whoever reaches it trace everything`,
    )
  if (policy.require_consent && !pods)
    refuse(
      ['policy', 'require_consent'],
      'must be false without pods: who agrees is not known then; set pods',
    )
  if (clientCaFile(auth) && !tls)
    refuse(['tls'], 'must be set, since there is auth::…::client_ca_file: certificates come with TLS')
  if (clientCaFile(auth) && tls?.client_ca_file)
    refuse(['tls', 'client_ca_file'], 'must not be set together with auth::…::client_ca_file; keep one')
}

function isLocal({ host }: Endpoint): boolean {
  return host.toLowerCase() === 'localhost' || isLoopbackAddress(host)
}
