/** The gate that a configuration describes. */
import type { IncomingMessage } from 'node:http'
import type { PodStore } from '../../../kubernetes/pods/pod-store.ts'
import type { Clock } from '../../../pipeline/clock.ts'
import type { Host } from '../../../pipeline/component.ts'
import { Instruments } from '../../../pipeline/instruments.ts'
import { LimitedLog } from '../../../pipeline/limited-log.ts'
import type { Logger, Meter } from '../../../pipeline/telemetry.ts'
import type { TraceSpec } from '../../../trace/api/spec.ts'
import type { CopyPolicy, JobPlace } from '../../../trace/api/to-request.ts'
import { isDenied, NAMESPACE_CONSENT } from '../../../trace/requests/consent.ts'
import type { ApiReviews } from './api-reviews.ts'
import { Audit } from './audit.ts'
import type { ClusterLogins } from './cluster-logins.ts'
import type { AuditLogConfig, AuthConfig, KubernetesAuthConfig, PolicyConfig } from './config.ts'
import type { AuditRecord, Gate, Identity, Problem, TraceVerb } from './gate.ts'
import type { Login } from './login.ts'
import { Logins } from './logins.ts'
import { acceptsOrigin } from './origins.ts'
import { findFaults, toCopyPolicy } from './policy.ts'

interface GateConfig {
  readonly auth: AuthConfig
  readonly policy: PolicyConfig
  readonly allowed_origins: readonly string[]
  readonly audit_log?: AuditLogConfig
}

interface GateContext {
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
}

interface Cluster {
  readonly logins: ClusterLogins
  readonly reviews: ApiReviews
  close(): void
}

const PROBLEM_LOG_MS = 60_000

export function createGate(config: GateConfig, context: GateContext): Gate {
  return new AgentGate(config, context)
}

class AgentGate implements Gate {
  readonly policy: CopyPolicy
  readonly #config: GateConfig
  readonly #context: GateContext
  readonly #audit: Audit
  readonly #countRefused: ReturnType<Instruments['counter']>
  /** By the identity that was given out. */
  readonly #known = new WeakMap<Identity, Login>()
  #logins: Logins | undefined
  #cluster: Cluster | undefined

  constructor(config: GateConfig, context: GateContext) {
    const own = new Instruments(context.meter)
    this.#config = config
    this.#context = context
    this.policy = toCopyPolicy(config.policy)
    this.#countRefused = own.counter(
      'extension_trace_api_refused_logins',
      '{login}',
      'Logins that were refused, by reason: wrong, or limited after too many wrong ones',
    )
    this.#audit = new Audit({
      ...context,
      config: config.audit_log,
      countLost: own.counter(
        'extension_trace_api_lost_audit_records',
        '{record}',
        'Records of the audit log that could not be written to its file, by reason',
      ),
    })
  }

  async start(host: Pick<Host, 'report'>, _abort: AbortSignal): Promise<void> {
    const { auth } = this.#config
    const { clock, log } = this.#context
    await this.#audit.start()
    this.#cluster = auth.kubernetes && (await openCluster(auth.kubernetes, this.#context, host))
    this.#logins = new Logins({
      config: auth,
      cluster: this.#cluster?.logins,
      clock,
      log,
      onFailed: reason => this.#countRefused(1, { reason }),
    })
    await this.#logins.start()
  }

  acceptsOrigin(request: IncomingMessage): boolean {
    return acceptsOrigin(request, this.#config.allowed_origins)
  }

  async authenticate(request: IncomingMessage): Promise<Identity | undefined> {
    const login = await this.#logins?.find(request)
    if (login) this.#known.set(login.who, login)
    return login?.who
  }

  async allows(
    who: Identity,
    verb: TraceVerb,
    namespace: string | undefined,
    name?: string | undefined,
  ): Promise<boolean> {
    return (await this.#known.get(who)?.allows(verb, namespace, name)) ?? false
  }

  async stillAllows(
    request: IncomingMessage,
    who: Identity,
    verb: TraceVerb,
    namespace: string | undefined,
    name?: string | undefined,
  ): Promise<boolean> {
    const login = await this.#logins?.recheck(request)
    return login?.who.name === who.name && (await login.allows(verb, namespace, name))
  }

  async checkSpec(
    _who: Identity,
    { namespace }: JobPlace,
    spec: TraceSpec,
    pods?: Pick<PodStore, 'objects'>,
  ): Promise<readonly Problem[]> {
    const faults = findFaults(this.#config.policy, spec)
    if (namespace === undefined || !pods?.objects) return faults
    const refusal = `the namespace ${namespace} forbids it by ${NAMESPACE_CONSENT}: deny`
    return (await isDenied(namespace, pods.objects)) ? [...faults, { path: '', message: refusal }] : faults
  }

  audit(record: AuditRecord): void {
    this.#audit.add(record)
  }

  async close(): Promise<void> {
    this.#logins?.close()
    this.#cluster?.close()
    await this.#audit.close()
  }
}

/** Loaded here, so that who has no cluster goes without. Throws KUBERNETES_CONFIG_INVALID. */
async function openCluster(
  { audiences, ...login }: KubernetesAuthConfig,
  { clock, log }: GateContext,
  host: Pick<Host, 'report'>,
): Promise<Cluster> {
  const [{ ApiClient }, { openAccess }, { ApiReviews }, { ClusterLogins }] = await Promise.all([
    import('../../../kubernetes/client/api-client.ts'),
    import('../../../kubernetes/client/open-access.ts'),
    import('./api-reviews.ts'),
    import('./cluster-logins.ts'),
  ])
  const client = new ApiClient(await openAccess(login))
  const limited = new LimitedLog(clock, PROBLEM_LOG_MS, (reviews, { message }) =>
    log.error({ reviews, error: message }, 'Logins could not be checked at the API server'),
  )
  let isWorking = true
  const onState = (problem: Error | undefined) => {
    if (problem) limited.add(1, problem)
    if (problem) host.report('recoverable', problem)
    else if (!isWorking) host.report('ok')
    isWorking = problem === undefined
  }
  const reviews = new ApiReviews({ client, clock, audiences, onState })
  const close = () => {
    reviews.close()
    client.close()
  }
  return { logins: new ClusterLogins(reviews, clock), reviews, close }
}
