/** Who asks without a login, where that is allowed: nobody else is there, or the configuration says so. */
import type { Identity } from './gate.ts'

export const ANONYMOUS: Identity = { name: 'anonymous', groups: [], via: 'anonymous' }
