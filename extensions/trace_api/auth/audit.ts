/** The audit log: who did what, and what came of it. */
import type { Clock } from '../../../pipeline/clock.ts'
import type { Put } from '../../../pipeline/instruments.ts'
import { LimitedLog } from '../../../pipeline/limited-log.ts'
import { printable } from '../../../pipeline/printable.ts'
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
/** Refusals in the log of a minute; the file has all. Anybody can cause them. */
const REFUSALS_PER_MINUTE = 60
/** Containers of a record. */
const MAX_MATCHED = 100

export class Audit {
  readonly #options: AuditOptions
  readonly #file: AuditFile | undefined
  readonly #lost: LimitedLog
  #minute = -1
  #refusals = 0

  constructor(options: AuditOptions) {
    const { config, clock, log, countLost } = options
    this.#options = options
    this.#lost = new LimitedLog(clock, LOST_LOG_MS, (records, { message }) =>
      log.error({ records, error: message }, 'Records of the audit log could not be written'),
    )
    const onLost = (lines: number, reason: string, error = new Error('the queue is full')) => {
      countLost(lines, { reason })
      this.#lost.add(lines, error)
    }
    this.#file = config && new AuditFile({ config, onLost })
  }

  async start(): Promise<void> {
    await this.#file?.start()
  }

  add(record: AuditRecord): void {
    const fields = toFields(record)
    const time = new Date(Number(this.#options.clock.unixNano() / 1_000_000n)).toISOString()
    this.#file?.write(JSON.stringify({ time, ...fields }))
    this.#log(record, fields)
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#lost.flush()
  }

  /** Looking at jobs is for those who search: controllers do so all the time. */
  #log({ verb, status = 200 }: AuditRecord, fields: Readonly<Record<string, unknown>>): void {
    const { log } = this.#options
    if (status < 400) log[verb === 'get' ? 'debug' : 'info'](fields, MESSAGE)
    else if (this.#hasRoom()) log.warn(fields, MESSAGE)
  }

  #hasRoom(): boolean {
    const minute = Math.floor(this.#options.clock.monotonicMs() / 60_000)
    if (minute !== this.#minute) this.#refusals = 0
    this.#minute = minute
    this.#refusals++
    if (this.#refusals === REFUSALS_PER_MINUTE + 1)
      this.#options.log.warn(
        {},
        'Trace API: more refusals in this minute are in the file of the audit log alone',
      )
    return this.#refusals <= REFUSALS_PER_MINUTE
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
    namespace,
    job,
    status,
    reason: reason && printable(reason),
    spec,
    matched: matched?.slice(0, MAX_MATCHED),
    matched_total: matched?.length,
    calls,
  }
}
