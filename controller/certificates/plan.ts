/**
 * When a certificate is made anew. An authority that begins to sign has been trusted for `overlapMs` before, and one that signs no
 * more is trusted until it ends: so nobody who reads the trusted ones now and then ever meets a certificate without knowing its authority.
 */
import { createAuthority, endOf, type Inspected, inspect, type KeyPair, signServing } from './x509.ts'

export interface CertificateSettings {
  /** The common name of authorities. */
  readonly name: string
  /** DNS names of the servers. */
  readonly dnsNames: readonly string[]
  readonly authorityLifetimeMs: number
  readonly servingLifetimeMs: number
  /** From the day on which an authority is announced to the first certificate that it signs. */
  readonly overlapMs: number
}

export interface Certificates {
  /** Signs. */
  readonly authority?: KeyPair | undefined
  /** Is trusted, and will sign. */
  readonly next?: KeyPair | undefined
  /** Has signed: certificates alone. */
  readonly old: readonly string[]
  readonly serving?: KeyPair | undefined
}

/** Nothing is missing. */
interface Complete extends Certificates {
  readonly authority: KeyPair
  readonly serving: KeyPair
}

export interface Renewed {
  readonly certificates: Complete
  /** A line for each thing that was done; none: everything is as it was. */
  readonly changes: readonly string[]
}

interface Now {
  readonly nowMs: number
  /** True: an authority is announced although the present one would do for long. */
  readonly isRotation: boolean
}

/** Brings certificates up to date: those that are missing, damaged, for other names, or have a third of their life left. */
export async function renew(given: Certificates, settings: CertificateSettings, now: Now): Promise<Renewed> {
  const changes: string[] = []
  const { authority, next, old } = await renewAuthority(given, settings, { ...now, changes })
  const lifetime = { nowMs: now.nowMs, lifetimeMs: settings.servingLifetimeMs }
  const reason = reasonToSign(given.serving, authority, settings, now.nowMs)
  const serving = reason ? await signServing(authority, settings.dnsNames, lifetime) : given.serving!
  if (reason) changes.push(`signed a certificate for ${settings.dnsNames.join(', ')}: ${reason}`)
  return { certificates: { authority, next, old, serving }, changes }
}

/** The authorities to trust, as PEM: the one that signs first. */
export function toBundle({ authority, next, old }: Certificates): string {
  return [authority?.cert, next?.cert, ...old].filter(cert => cert !== undefined).join('')
}

async function renewAuthority(
  given: Certificates,
  settings: CertificateSettings,
  { nowMs, isRotation, changes }: Now & { readonly changes: string[] },
) {
  const create = () => createAuthority(settings.name, { nowMs, lifetimeMs: settings.authorityLifetimeMs })
  const old = given.old.filter(cert => endOf(cert) > nowMs)
  const present = given.authority && inspect(given.authority)
  const next = given.next && inspect(given.next) ? given.next : undefined
  const isOver = !present || present.notAfterMs <= nowMs
  if (next && (isOver || isAnnounced(next, settings, nowMs))) {
    changes.push('signs with the authority that was announced')
    return { authority: next, next: undefined, old: isOver ? old : [given.authority!.cert, ...old] }
  }
  if (isOver) {
    changes.push(given.authority ? 'made an authority: the last one is over or damaged' : 'made an authority')
    return { authority: await create(), next: undefined, old }
  }
  if (next || !(isRotation || isLate(present, nowMs))) return { authority: given.authority!, next, old }
  changes.push('announced an authority')
  return { authority: given.authority!, next: await create(), old }
}

function isAnnounced(next: KeyPair, { overlapMs }: CertificateSettings, nowMs: number): boolean {
  return inspect(next)!.notBeforeMs + overlapMs <= nowMs
}

/** A third of the life is left, or less. */
function isLate({ notBeforeMs, notAfterMs }: Inspected, nowMs: number): boolean {
  return notAfterMs - nowMs <= (notAfterMs - notBeforeMs) / 3
}

function reasonToSign(
  serving: KeyPair | undefined,
  authority: KeyPair,
  { dnsNames }: CertificateSettings,
  nowMs: number,
): string | undefined {
  if (!serving) return 'there was none'
  const found = inspect(serving)
  if (!found) return 'the last one is damaged'
  if (!found.isIssuedBy(authority.cert)) return 'another authority has signed the last one'
  if (found.names.toSorted().join() !== dnsNames.toSorted().join()) return 'the last one is for other names'
  return isLate(found, nowMs) ? 'the last one ends soon' : undefined
}
