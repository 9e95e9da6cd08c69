/** Authorities and certificates of servers: made with @peculiar/x509, looked at with Node. Keys are ECDSA on P-256. */
import { createPrivateKey, KeyObject, type webcrypto, X509Certificate } from 'node:crypto'

/** Certificate and key as PEM, as a Secret of the type kubernetes.io/tls has them. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

interface Lifetime {
  readonly nowMs: number
  readonly lifetimeMs: number
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
/** Clocks of a cluster differ by less, so nobody finds a new certificate to be of the future. */
const BACKDATED_MS = 5 * 60_000

type X509 = typeof import('@peculiar/x509')

/** Megabytes that only who makes certificates needs. The library is written with decorators, which want their metadata first. */
async function load(): Promise<X509> {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

/** Returns an authority that has signed itself, and signs certificates of servers alone, not other authorities. */
export async function createAuthority(name: string, lifetime: Lifetime): Promise<KeyPair> {
  const x509 = await load()
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    // The time tells authorities of one name apart.
    name: [{ O: [name] }, { CN: [`authority of ${new Date(lifetime.nowMs).toISOString()}`] }],
    ...validity(lifetime),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return toPair(cert.toString('pem'), keys.privateKey)
}

/** Returns a certificate of a server with these DNS names, which ends no later than its authority. */
export async function signServing(
  authority: KeyPair,
  names: readonly string[],
  lifetime: Lifetime,
): Promise<KeyPair> {
  const x509 = await load()
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const issuer = new x509.X509Certificate(authority.cert)
  const { notBefore, notAfter } = validity(lifetime)
  const cert = await x509.X509CertificateGenerator.create({
    subject: [{ CN: ['swoll'] }],
    issuer: issuer.subjectName.toJSON(),
    notBefore,
    notAfter: notAfter < issuer.notAfter ? notAfter : issuer.notAfter,
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: createPrivateKey(authority.key).toCryptoKey(ALGORITHM, false, ['sign']),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map(value => ({ type: 'dns', value }))),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return toPair(cert.toString('pem'), keys.privateKey)
}

export interface Inspected {
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** In no order. */
  readonly names: readonly string[]
  readonly isIssuedBy: (authority: string) => boolean
}

/** What a pair says; undefined when it is none, or the key is of another certificate. */
export function inspect({ cert, key }: KeyPair): Inspected | undefined {
  try {
    const own = new X509Certificate(cert)
    return own.checkPrivateKey(createPrivateKey(key)) ? describe(own) : undefined
  } catch {
    return undefined
  }
}

/** Milliseconds since 1970 until which the certificate holds; 0 when it is none. */
export function endOf(cert: string): number {
  try {
    return new X509Certificate(cert).validToDate.getTime()
  } catch {
    return 0
  }
}

function describe(own: X509Certificate): Inspected {
  return {
    notBeforeMs: own.validFromDate.getTime(),
    notAfterMs: own.validToDate.getTime(),
    names: [...(own.subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name!),
    isIssuedBy(authority) {
      const issuer = new X509Certificate(authority)
      return own.checkIssued(issuer) && own.verify(issuer.publicKey)
    },
  }
}

function validity({ nowMs, lifetimeMs }: Lifetime): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(nowMs - BACKDATED_MS), notAfter: new Date(nowMs + lifetimeMs) }
}

function toPair(cert: string, key: webcrypto.CryptoKey): KeyPair {
  const pem = KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' })
  return { cert: `${cert}\n`, key: pem.toString() }
}
