/** The audit log: who did what, and what came of it. */
import type { Clock } from '../../../pipeline/clock.ts'
import type { Put } from '../../../pipeline/instruments.ts'
import { LimitedLog } from '../../../pipeline/limited-log.ts'
import { printable, shorten } from '../../../pipeline/printable.ts'
import type { Logger } from '../../../pipeline/telemetry.ts'
import { AuditFile } from './audit-file.ts'
import type { AuditLogConfig } from './config.ts'
import type { AuditRecord } from './gate.ts'

interface AuditOptions {
  readonly config: AuditLogConfig
  readonly clock: Clock
  readonly log: Logger
  readonly countLost: Put
}

const MESSAGE = 'Trace API: who did what'
const LOST_LOG_MS = 60_000
/** Refusals in the log of a minute. Anybody can cause them. */
const LOGGED_PER_MINUTE = 60
/** In the file, of those who have not logged in and of those who have: so many that nobody drives out what is there before somebody reads it. */
const FILED_PER_MINUTE = 600
/** Containers of a record. */
const MAX_MATCHED = 100
/** Characters of its texts, and of a specification as JSON. */
const MAX_TEXT = 1000
const MAX_SPEC = 16_384

export class Audit {
  readonly #options: AuditOptions
  readonly #file: AuditFile | undefined
  readonly #onLost: (lines: number, reason: string, error?: Error) => void
  readonly #lost: LimitedLog
  #minute = -1
  /** In this minute. */
  #refusals = { logged: 0, strangers: 0, users: 0 }

  constructor(options: AuditOptions) {
    const { config, clock, log, countLost } = options
    this.#options = options
    this.#lost = new LimitedLog(clock, LOST_LOG_MS, (records, { message }) =>
      log.error({ records, error: message }, 'Records of the audit log could not be written'),
    )
    this.#onLost = (lines, reason, error = new Error('the queue is full')) => {
      countLost(lines, { reason })
      this.#lost.add(lines, error)
    }
    this.#file = config && new AuditFile({ config, onLost: this.#onLost })
  }

  async start(): Promise<void> {
    await this.#file?.start()
  }

  add(record: AuditRecord): void {
    const fields = toFields(record)
    const minute = Math.floor(this.#options.clock.monotonicMs() / 60_000)
    if (minute !== this.#minute) this.#refusals = { logged: 0, strangers: 0, users: 0 }
    this.#minute = minute
    if (this.#file) this.#write(this.#file, record, fields)
    this.#log(record, fields)
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#lost.flush()
  }

  #write(
    file: AuditFile,
    { who, status = 200 }: AuditRecord,
    fields: Readonly<Record<string, unknown>>,
  ): void {
    const time = new Date(Number(this.#options.clock.unixNano() / 1_000_000n)).toISOString()
    const kind = who ? 'users' : 'strangers'
    if (status < 400 || ++this.#refusals[kind] <= FILED_PER_MINUTE)
      file.write(JSON.stringify({ time, ...fields }))
    else this.#onLost(1, 'flood', new Error(`more than ${FILED_PER_MINUTE} refusals in a minute`))
  }

  /** Looking at jobs is for those who search: controllers do so all the time. */
  #log({ verb, status = 200 }: AuditRecord, fields: Readonly<Record<string, unknown>>): void {
    const { log } = this.#options
    if (status < 400) log[verb === 'get' ? 'debug' : 'info'](fields, MESSAGE)
    else if (++this.#refusals.logged <= LOGGED_PER_MINUTE) log.warn(fields, MESSAGE)
    else if (this.#refusals.logged === LOGGED_PER_MINUTE + 1)
      log.warn({}, 'Trace API: more refusals in this minute are in the file of the audit log alone')
  }
}

/** In the order of a sentence. What is absent is left out. */
function toFields({ who, matched, ...record }: AuditRecord): Readonly<Record<string, unknown>> {
  const { owner, address, verb, namespace, job, status, reason, spec, calls } = record
  return {
    user: who && printable(who.name),
    groups: who?.groups.map(group => printable(group)),
    via: who?.via,
    owner: owner && printable(owner),
    address,
    verb,
    namespace: namespace && short(namespace),
    job: job && short(job),
    status,
    reason: reason && short(reason),
    spec: isLong(spec) ? `more than ${MAX_SPEC} characters` : spec,
    matched: matched?.slice(0, MAX_MATCHED),
    matched_total: matched?.length,
    calls,
  }
}

function short(text: string): string {
  return shorten(printable(text), MAX_TEXT)
}

function isLong(spec: AuditRecord['spec']): boolean {
  return spec !== undefined && JSON.stringify(spec).length > MAX_SPEC
}
