/** The gate that a configuration describes. */
import type { Logger } from '../../../pipeline/telemetry.ts'
import { ANONYMOUS } from './anonymous.ts'
import type { AuditLogConfig, AuthConfig, PolicyConfig } from './config.ts'
import { hasLogin } from './config.ts'
import type { AuditRecord, Gate } from './gate.ts'
import { acceptsOrigin } from './origins.ts'
import { findFaults, toCopyPolicy } from './policy.ts'

export interface GateConfig {
  readonly auth: AuthConfig
  readonly policy: PolicyConfig
  readonly allowed_origins: readonly string[]
  readonly audit_log?: AuditLogConfig
}

interface GateContext {
  readonly log: Logger
}

export function createGate(config: GateConfig, { log }: GateContext): Gate {
  const isOpen = !hasLogin(config.auth) || config.auth.insecure_allow_anonymous
  return {
    policy: toCopyPolicy(config.policy),
    start: async () => {},
    acceptsOrigin: request => acceptsOrigin(request, config.allowed_origins),
    authenticate: async () => (isOpen ? ANONYMOUS : undefined),
    allows: async ({ via }) => via === 'anonymous',
    checkSpec: async (_who, _place, spec) => findFaults(config.policy, spec),
    audit: (record: AuditRecord) => log.info({ audit: record }, 'Somebody used the API'),
    close: async () => {},
  }
}
