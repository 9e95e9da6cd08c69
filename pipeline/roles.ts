/** What extensions do for other components, by role. Types, and the words for roles. */
import type { ClientAuth } from './client-auth.ts'
import type { Storage } from './storage.ts'

export interface Roles {
  readonly clientAuth: ClientAuth
  readonly storage: Storage
}
export type Role = keyof Roles

/** How a message says that an extension has a role. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  clientAuth: 'authenticates what exporters send',
  storage: 'keeps data on disk',
}

/** An extension that a configuration names. */
export interface Use {
  readonly role: Role
  readonly id: string
  /** Where the configuration names it, from the component's own root. */
  readonly path: readonly string[]
}
