/**
 * The certificates of a release, as objects of its namespace: the Secret NAME-ca with authorities and their keys, which no pod mounts;
 * the Secret NAME-tls with what agents serve with; the ConfigMap NAME-ca with the authorities that clients trust. The chart makes them
 * empty, so whoever fills them needs no right to create Secrets.
 */
import type { ApiClient } from '../../kubernetes/client/api-client.ts'
import { ApiError, type ApiObject } from '../../kubernetes/client/api-error.ts'
import { type CertificateSettings, type Certificates, type Renewed, renew, toBundle } from './plan.ts'
import { endOf, type KeyPair } from './x509.ts'

interface Store {
  readonly client: Pick<ApiClient, 'send'>
  readonly namespace: string
  /** The full name of the release. */
  readonly name: string
  readonly abort: AbortSignal
}

interface Outcome extends Pick<Renewed, 'changes'> {
  /** Milliseconds since 1970: the certificate that agents serve with. */
  readonly endsMs: number
}

/** Base64 in Secrets, text in ConfigMaps. */
interface Stored {
  readonly data?: Readonly<Record<string, string>> | null
  readonly [field: string]: unknown
}

/** Others may write at the same time: the CronJob, the Job of an upgrade, somebody by hand. */
const MOST_CONFLICTS = 5

/** Brings the objects up to date. Throws what the API server refuses, and where an object is missing. */
export async function renewStored(
  store: Store,
  settings: CertificateSettings,
  now: { readonly nowMs: number; readonly isRotation: boolean },
): Promise<Outcome> {
  for (let conflicts = 0; ; conflicts++)
    try {
      return await renewOnce(store, settings, now)
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409) || conflicts === MOST_CONFLICTS) throw error
    }
}

async function renewOnce(
  store: Store,
  settings: CertificateSettings,
  now: Parameters<typeof renewStored>[2],
): Promise<Outcome> {
  const [authorities, serving, published] = [
    await read(store, 'secrets', 'ca'),
    await read(store, 'secrets', 'tls'),
    await read(store, 'configmaps', 'ca'),
  ]
  const { certificates, changes } = await renew(toCertificates(authorities, serving), settings, now)
  const bundle = toBundle(certificates)
  // In this order: what is signed with is kept, and trusted, before anybody serves with what it has signed.
  await write(store, 'secrets', 'ca', authorities, encodeAll(toAuthorityData(certificates)))
  await write(store, 'configmaps', 'ca', published, { 'ca.crt': bundle })
  const { cert, key } = certificates.serving
  const served = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': bundle }
  await write(store, 'secrets', 'tls', serving, encodeAll(served))
  return { changes, endsMs: endOf(cert) }
}

function toCertificates(authorities: Stored, serving: Stored): Certificates {
  return {
    authority: pairOf(authorities, 'tls'),
    next: pairOf(authorities, 'next'),
    old:
      decodeText(authorities, 'old.crt').match(
        /-----BEGIN CERTIFICATE-----[\w\s+/=]+-----END CERTIFICATE-----\n/g,
      ) ?? [],
    serving: pairOf(serving, 'tls'),
  }
}

function toAuthorityData({ authority, next, old }: Renewed['certificates']): Record<string, string> {
  return {
    'tls.crt': authority.cert,
    'tls.key': authority.key,
    ...(next && { 'next.crt': next.cert, 'next.key': next.key }),
    ...(old.length > 0 && { 'old.crt': old.join('') }),
  }
}

function pairOf(stored: Stored, name: string): KeyPair | undefined {
  const [cert, key] = [decodeText(stored, `${name}.crt`), decodeText(stored, `${name}.key`)]
  return cert === '' && key === '' ? undefined : { cert, key }
}

function decodeText({ data }: Stored, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString()
}

function encodeAll(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  )
}

type Resource = 'secrets' | 'configmaps'

function objectOf({ namespace, name }: Store, resource: Resource, suffix: string): ApiObject {
  return { group: '', version: 'v1', resource, namespace, name: `${name}-${suffix}` }
}

async function read(store: Store, resource: Resource, suffix: string): Promise<Stored> {
  const object = objectOf(store, resource, suffix)
  try {
    return await store.client.send<Stored>({ verb: 'get', object, abort: store.abort })
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.status !== 404) throw cause
    const rule = 'must be there: the chart makes it, empty, with certificates.mode self'
    const message = `Kubernetes API: ${resource} ${object.name} of the namespace ${store.namespace}: ${rule}`
    throw new ApiError(message, { cause, status: 404 })
  }
}

/** Changes nothing where the data is the same. Refused with 409 if the object is not the one that was read. */
async function write(
  store: Store,
  resource: Resource,
  suffix: string,
  stored: Stored,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  if (isSame(stored.data ?? {}, data)) return
  const object = objectOf(store, resource, suffix)
  await store.client.send({ verb: 'update', object, body: { ...stored, data }, abort: store.abort })
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(b)
  return Object.keys(a).length === keys.length && keys.every(key => a[key] === b[key])
}
