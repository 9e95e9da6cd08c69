/** Logins: who it is, and what it may do. */
import type { Identity, TraceVerb } from './gate.ts'

export interface Login {
  readonly who: Identity
  /** As `Gate.allows`. */
  allows(verb: TraceVerb, namespace: string | undefined, name: string | undefined): Promise<boolean>
}

/** What a request shows of who sent it. */
export type Credential =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly name: string; readonly password: string }
  | CertificateCredential

export interface CertificateCredential {
  readonly kind: 'certificate'
  /** CN and O of its subject. */
  readonly name: string
  readonly groups: readonly string[]
}

/** Whoever reaches the endpoint, where nobody has to log in. */
export const ANONYMOUS: Login = {
  who: { name: 'anonymous', groups: [], via: 'anonymous' },
  allows: async () => true,
}

/** Namespaces and verbs of a fixed user. */
interface FixedRights {
  readonly namespaces: readonly string[]
  readonly verbs: readonly TraceVerb[]
}

export function fixedLogin(who: Identity, { namespaces, verbs }: FixedRights): Login {
  const isEverywhere = namespaces.includes('*')
  const isWithin = (namespace: string | undefined) =>
    isEverywhere || (namespace !== undefined && namespaces.includes(namespace))
  return { who, allows: async (verb, namespace) => verbs.includes(verb) && isWithin(namespace) }
}
