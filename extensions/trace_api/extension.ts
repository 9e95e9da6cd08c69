/** Lets others start trace jobs, and read their calls, over HTTP. */
import { readFileSync } from 'node:fs'
import { toRoots } from '../../kernel/cgroups/roots.ts'
import { programFile } from '../../native/program-files.ts'
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Create, Host, Part } from '../../pipeline/component.ts'
import { type Endpoint, formatEndpoint } from '../../pipeline/config.ts'
import { hostsOfParts } from '../../pipeline/host-parts.ts'
import { type Access, type AccessBoard, leaseAccess } from '../../pipeline/http/access.ts'
import type { ListenerLease } from '../../pipeline/http/lease.ts'
import { serveLater } from '../../pipeline/http/serve-later.ts'
import type { Lease } from '../../pipeline/services.ts'
import type { JobTable } from '../../trace/jobs/job.ts'
import { type JobTableOptions, leaseJobTable } from '../../trace/jobs/open.ts'
import { createAccess } from './access.ts'
import { type Api, createApi } from './api.ts'
import { auditEnds } from './auth/audit-ends.ts'
import { clientCaFile, hasLogin } from './auth/config.ts'
import { createGate } from './auth/create-gate.ts'
import type { Gate } from './auth/gate.ts'
import type { Config } from './config.ts'

/** What one job and all of them may keep of their calls: so many buffers are full at a time. */
const FULL_BUFFERS = 16

type OpenTable = (host: Host, options: JobTableOptions) => Promise<Lease<JobTable>>

export class TraceApi implements Part {
  readonly #create: Create<Config>
  readonly #clock: Clock
  readonly #openTable: OpenTable
  #gate: Gate | undefined
  #table: Lease<JobTable> | undefined
  #board: Lease<AccessBoard> | undefined
  #access: Access | undefined
  #api: Api | undefined
  #listener: Pick<ListenerLease, 'release'> | undefined
  #stopAudit = () => {}
  #stopShowing = () => {}
  /** The address in use, once started: has the port where 0 was asked for. */
  endpoint: Endpoint | undefined

  constructor(create: Create<Config>, openTable: OpenTable = leaseJobTable, clock: Clock = systemClock) {
    this.#create = create
    this.#openTable = openTable
    this.#clock = clock
  }

  async start(host: Host, abort: AbortSignal): Promise<void> {
    const { config, log, meter } = this.#create
    abort.throwIfAborted()
    const [logins, jobs, listening] = hostsOfParts(host, 3) as [Host, Host, Host]
    this.#gate = createGate(config, { clock: this.#clock, log, meter })
    await this.#gate.start(logins, abort)
    this.#table = await this.#openTable(jobs, toTableOptions(this.#create, this.#gate))
    this.#stopAudit = auditEnds(this.#create.id, this.#table.value, this.#gate)
    this.#board = await leaseAccess(host)
    this.#access = createAccess(this.#gate, config.auth, () => this.endpoint)
    this.#board.value.tell(this.#access)
    this.#api = createApi(this.#create, {
      gate: this.#gate,
      table: this.#table.value,
      clock: this.#clock,
      version: readVersion(),
    })
    this.#listener = await serveLater(listening, this.#create, {
      kind: 'extensions',
      routes: this.#api.routes,
      clientCaFile: clientCaFile(config.auth),
      failure: 'Answering for trace jobs failed',
      clock: this.#clock,
      isPatient: config.wait_for_certificate,
      onServing: lease => this.#tell(lease),
    })
  }

  #tell(lease: ListenerLease): void {
    const { config, log } = this.#create
    const { endpoint, url } = lease
    this.endpoint = endpoint
    this.#stopShowing = this.#board!.value.serve(lease)
    log.info({ url: `${url}/jobs` }, 'Taking trace jobs')
    if (!hasLogin(config.auth) || config.auth.insecure_allow_anonymous)
      log.warn(
        { endpoint: formatEndpoint(this.endpoint) },
        'Whoever reaches the endpoint may trace everything',
      )
  }

  async shutdown(abort: AbortSignal): Promise<void> {
    if (this.#access) this.#board?.value.untell(this.#access)
    this.#stopShowing()
    await this.#board?.release(abort)
    await this.#listener?.release(abort)
    await this.#api?.close()
    await this.#table?.release(abort)
    this.#stopAudit()
    await this.#gate?.close()
  }
}

function toTableOptions({ config, log }: Create<Config>, { policy }: Gate): JobTableOptions {
  const { limits, pods, storage, files } = config
  return {
    log,
    policy,
    redact: config.policy.redact,
    requireConsent: config.policy.require_consent,
    limits: {
      jobs: limits.jobs,
      jobsPerOwner: limits.jobs_per_client,
      finishedJobs: limits.finished_jobs,
      bufferBytes: limits.buffer_size,
      allBuffersBytes: limits.buffer_size * FULL_BUFFERS,
    },
    pods: pods && { ...pods, filter: { ...pods.filter, fields: [], labels: [] } },
    roots: toRoots(config),
    storage,
    files: files && { directory: files.directory, maxBytes: files.max_size },
  }
}

function readVersion(): string {
  return (JSON.parse(readFileSync(programFile('package.json'), 'utf8')) as { version: string }).version
}
