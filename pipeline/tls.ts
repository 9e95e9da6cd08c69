/** Reads what a `tls` block names. Every error says which file, which rule, and what to do. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { TlsClientConfig, TlsServerConfig } from './config-tls.ts'
import { SwollError } from './errors.ts'
import { fileProblem } from './file-problem.ts'
import type { Secret } from './secret.ts'
import { systemAuthorities } from './system-authorities.ts'
import { toCiphers, toCurves } from './tls-choices.ts'

/** PEM texts, checked; what `tls.createSecureContext` and `grpc.credentials.createSsl` take. */
interface TlsMaterial {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly ciphers?: string
  readonly ecdhCurve?: string
}

/** `undefined`: no TLS at all. */
export type TlsClient =
  | (TlsMaterial & { readonly rejectUnauthorized: boolean; readonly serverName: string | undefined })
  | undefined

export type TlsServer = TlsMaterial & {
  /** Whether clients are asked for a certificate. */
  readonly requestCert: boolean
  /** True: there must be one, and `ca` must have signed it. Else whoever reads `authorized` of the connection decides. */
  readonly rejectUnauthorized: boolean
  /** Where it comes from: the same for what was read from the same files at another time. */
  readonly source: string
}

/** Loads and checks the files of a client block; undefined when `insecure`. Throws SwollError TLS_INVALID. */
export async function readTlsClient(config: TlsClientConfig): Promise<TlsClient> {
  if (config.insecure) return undefined
  const material = await readMaterial(config, await readPem('ca', config.ca_file, config.ca_pem))
  const { ca } = material
  const ciphers = toCiphers(config.cipher_suites ?? [])
  const ecdhCurve = toCurves(config.curve_preferences ?? [])
  return {
    ...material,
    ...(ca && config.include_system_ca_certs_pool && { ca: withSystem(ca) }),
    ...(ciphers && { ciphers }),
    ...(ecdhCurve && { ecdhCurve }),
    rejectUnauthorized: !config.insecure_skip_verify,
    serverName: config.server_name_override,
  }
}

/**
 * Loads and checks the files of a listener's block. `optionalCaFile`: authorities of certificates that clients may show and need not; not together
 * with those that the block has. Throws SwollError TLS_INVALID.
 */
export async function readTlsServer(config: TlsServerConfig, optionalCaFile?: string): Promise<TlsServer> {
  const ca = await readPem('client_ca', config.client_ca_file ?? optionalCaFile, undefined)
  return {
    ...(await readMaterial(config, ca)),
    requestCert: ca !== undefined,
    rejectUnauthorized: config.client_ca_file !== undefined,
    source: JSON.stringify([config, optionalCaFile, config.cert_pem && digest(config.cert_pem)]),
  }
}

function withSystem(ca: Buffer): Buffer {
  return Buffer.concat([ca, Buffer.from(`\n${systemAuthorities().join('\n')}\n`)])
}

/** A certificate is no secret, but a long text. */
function digest(text: Secret): string {
  return createHash('sha256').update(text.reveal()).digest('hex')
}

/** The files of a listener's block. */
export function tlsServerFiles({ cert_file, key_file, client_ca_file }: TlsServerConfig): string[] {
  return [cert_file, key_file, client_ca_file].filter(file => file !== undefined)
}

async function readMaterial(
  config: TlsClientConfig | TlsServerConfig,
  ca: Pem | undefined,
): Promise<TlsMaterial> {
  const cert = await readPem('cert', config.cert_file, config.cert_pem)
  const key = await readPem('key', config.key_file, config.key_pem)
  if (ca) parse(ca, 'a PEM certificate', bytes => new X509Certificate(bytes))
  if (cert && key) {
    const own = parse(cert, 'a PEM certificate', bytes => new X509Certificate(bytes))
    const ownKey = parse(key, 'a PEM private key without a passphrase', bytes => createPrivateKey(bytes))
    if (!own.checkPrivateKey(ownKey))
      throw invalid(`${key.name}: must be the key of the certificate; give the pair that was made together`)
  }
  return {
    ...(ca && { ca: ca.bytes }),
    ...(cert && { cert: cert.bytes }),
    ...(key && { key: key.bytes }),
    minVersion: `TLSv${config.min_version}`,
    ...(config.max_version && { maxVersion: `TLSv${config.max_version}` as const }),
  }
}

/** The content of a key of the block, with the name for errors: `ca_file /etc/ca.pem`, `ca_pem`. */
interface Pem {
  readonly name: string
  readonly bytes: Buffer
}

const invalid = (message: string, cause?: unknown) => new SwollError('TLS_INVALID', message, { cause })

async function readPem(
  part: string,
  file: string | undefined,
  pem: Secret | undefined,
): Promise<Pem | undefined> {
  if (!file) return pem && { name: `${part}_pem`, bytes: Buffer.from(pem.reveal()) }
  const name = `${part}_file ${file}`
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw invalid(`${name}: ${fileProblem(cause)}`, cause)
  })
  return { name, bytes }
}

/** The message of `cause` is left out: it may quote the key. */
function parse<T>({ name, bytes }: Pem, rule: string, read: (bytes: Buffer) => T): T {
  try {
    return read(bytes)
  } catch {
    throw invalid(`${name}: must hold ${rule}; check that it is the right file`)
  }
}
