/** The `tls` blocks, with the Collector's keys. */
import { z } from 'zod'
import { duration, secret } from './config-fields.ts'
import type { Secret } from './secret.ts'
import { CIPHER_NAMES, CURVES } from './tls-choices.ts'

const path = (what: string) => z.string().min(1).optional().describe(what)
const pem = (what: string) => secret().optional().describe(what)
/** Without quotes YAML has a number. */
const tlsVersion = () =>
  z.preprocess(version => (typeof version === 'number' ? String(version) : version), z.enum(['1.2', '1.3']))

const tlsFields = {
  cert_file: path('PEM file of the certificate to show'),
  cert_pem: pem('The same as text'),
  key_file: path('PEM file of the private key of that certificate'),
  key_pem: pem('The same as text'),
  min_version: tlsVersion().prefault('1.2').describe('Lowest TLS version to speak: 1.2 or 1.3'),
  max_version: tlsVersion().optional().describe('Highest TLS version to speak; empty: no limit'),
}

interface TlsBlock extends z.output<z.ZodObject<typeof tlsFields>> {
  readonly ca_file?: string | undefined
  readonly ca_pem?: Secret | undefined
}

/** Rules between the keys of a TLS block, all of them checked. */
function checkTls(tls: TlsBlock, context: z.RefinementCtx): void {
  const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message })
  for (const part of ['ca', 'cert', 'key'] as const)
    if (tls[`${part}_file`] && tls[`${part}_pem`])
      refuse(`${part}_pem`, `must not be set together with ${part}_file; keep one`)
  const hasCert = Boolean(tls.cert_file ?? tls.cert_pem)
  const hasKey = Boolean(tls.key_file ?? tls.key_pem)
  if (hasCert && !hasKey)
    refuse('key_file', 'must be set, since there is a certificate; add key_file or key_pem')
  if (hasKey && !hasCert) refuse('cert_file', 'must be set, since there is a key; add cert_file or cert_pem')
  if (tls.max_version && tls.max_version < tls.min_version)
    refuse('max_version', `must not be below min_version (${tls.min_version}), got ${tls.max_version}`)
}

/** TLS towards a server; without the block TLS is on, with the system's authorities. `readTlsClient` loads it. */
export function tlsClient() {
  return z
    .strictObject({
      insecure: z.boolean().default(false).describe('True: no TLS at all'),
      insecure_skip_verify: z
        .boolean()
        .default(false)
        .describe("True: do not check the server's certificate"),
      ca_file: path('PEM file of the certificate authorities to trust; empty: those of the system'),
      ca_pem: pem('The same as text'),
      server_name_override: z
        .string()
        .optional()
        .describe('Name to expect in the certificate instead of the host'),
      ...tlsFields,
    })
    .superRefine(checkTls)
    .prefault({})
}

/** Keys of a client's block beyond these, for those who pass on all that `readTlsClient` gives. */
export const tlsChoices = {
  include_system_ca_certs_pool: z
    .boolean()
    .default(false)
    .describe('True: trust those of the system beside those of ca_file'),
  cipher_suites: z
    .array(z.enum(CIPHER_NAMES))
    .default([])
    .describe("Of TLS 1.2, by Go's names; those of TLS 1.3 cannot be chosen; empty: all that are safe"),
  curve_preferences: z.array(z.enum(CURVES)).default([]).describe('Empty: all that are safe'),
}

/** TLS of an exporter towards its server. */
export function tlsExporter() {
  return tlsClient()
    .unwrap()
    .safeExtend({
      ...tlsChoices,
      reload_interval: duration().prefault('0s').describe('Read the files again after this long; 0: never'),
    })
    .prefault({})
}

type Choices = z.output<z.ZodObject<typeof tlsChoices>>
export type TlsClientConfig = z.output<ReturnType<typeof tlsClient>> & Partial<Choices>

/** TLS of a listener. Add `.optional()`: without the block it speaks plain text. `readTlsServer` loads it. */
export function tlsServer() {
  return z
    .strictObject({
      client_ca_file: path(
        'PEM file of the authorities that client certificates must come from; empty: none is asked for',
      ),
      ...tlsFields,
    })
    .superRefine((tls, context) => {
      checkTls(tls, context)
      if (!(tls.cert_file ?? tls.cert_pem ?? tls.key_file ?? tls.key_pem))
        context.addIssue({
          code: 'custom',
          path: ['cert_file'],
          message: 'must be set: a listener needs a certificate and its key',
        })
    })
}
export type TlsServerConfig = z.output<ReturnType<typeof tlsServer>>
