/** Reads what a `tls` block names. Every error says which file, which rule, and what to do. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { TlsClientConfig, TlsServerConfig } from './config-tls.ts'
import { SwollError } from './errors.ts'
import type { Secret } from './secret.ts'

/** PEM texts, checked; what `tls.createSecureContext` and `grpc.credentials.createSsl` take. */
export interface TlsMaterial {
  readonly ca: Buffer | undefined
  readonly cert: Buffer | undefined
  readonly key: Buffer | undefined
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3' | undefined
}

/** `undefined`: no TLS at all. */
export type TlsClient =
  | (TlsMaterial & { readonly rejectUnauthorized: boolean; readonly serverName: string | undefined })
  | undefined

export type TlsServer = TlsMaterial & {
  /** True: a client must show a certificate that `ca` has signed. */
  readonly requestCert: boolean
}

/** Loads and checks the files of a client block; undefined when `insecure`. Throws SwollError TLS_INVALID. */
export async function readTlsClient(config: TlsClientConfig): Promise<TlsClient> {
  if (config.insecure) return undefined
  return {
    ...(await readMaterial(config)),
    rejectUnauthorized: !config.insecure_skip_verify,
    serverName: config.server_name_override,
  }
}

/** Loads and checks the files of a listener's block. Throws SwollError TLS_INVALID. */
export async function readTlsServer(config: TlsServerConfig): Promise<TlsServer> {
  const clientCa = config.client_ca_file
  const material = await readMaterial(clientCa ? { ...config, ca_file: clientCa, ca_pem: undefined } : config)
  return { ...material, requestCert: clientCa !== undefined }
}

async function readMaterial(config: TlsClientConfig | TlsServerConfig): Promise<TlsMaterial> {
  const ca = await readPem('ca', config.ca_file, config.ca_pem)
  const cert = await readPem('cert', config.cert_file, config.cert_pem)
  const key = await readPem('key', config.key_file, config.key_pem)
  if (ca) parse('ca', 'a PEM certificate', config.ca_file, () => new X509Certificate(ca))
  if (cert && key) {
    const own = parse('cert', 'a PEM certificate', config.cert_file, () => new X509Certificate(cert))
    const secretKey = parse('key', 'a PEM private key without a passphrase', config.key_file, () =>
      createPrivateKey(key),
    )
    if (!own.checkPrivateKey(secretKey))
      throw invalid(
        `${name('key', config.key_file)}: must be the key of the certificate; give the pair that was made together`,
      )
  }
  return {
    ca,
    cert,
    key,
    minVersion: `TLSv${config.min_version}`,
    maxVersion: config.max_version && `TLSv${config.max_version}`,
  }
}

type Part = 'ca' | 'cert' | 'key'

const name = (part: Part, file: string | undefined) => (file ? `${part}_file ${file}` : `${part}_pem`)

const invalid = (message: string, cause?: unknown) => new SwollError('TLS_INVALID', message, { cause })

const REMEDY: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist; check the path',
  EACCES: 'must be readable by this process; check owner and mode',
  EISDIR: 'must be a file, got a folder; name the file in it',
}

async function readPem(
  part: Part,
  file: string | undefined,
  pem: Secret | undefined,
): Promise<Buffer | undefined> {
  if (!file) return pem && Buffer.from(pem.reveal())
  return readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw invalid(
      `${name(part, file)}: ${REMEDY[cause.code ?? ''] ?? `could not be read (${cause.code})`}`,
      cause,
    )
  })
}

/** The message of `cause` is left out: it may quote the key. */
function parse<T>(part: Part, rule: string, file: string | undefined, read: () => T): T {
  try {
    return read()
  } catch {
    throw invalid(`${name(part, file)}: must hold ${rule}; check that it is the right file`)
  }
}
