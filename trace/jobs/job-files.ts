/** Files of those jobs whose output is `file`: one each, which goes when the job is forgotten. */
import { createHash } from 'node:crypto'
import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../../pipeline/telemetry.ts'
import type { Encoded } from './encode.ts'
import { firstLines } from './encode.ts'
import { JobError } from './errors.ts'
import { JobFile, modifiedMs } from './job-file.ts'
import { makeFolder } from './private-folder.ts'
import type { RunningJob } from './running-job.ts'

export interface JobFilesOptions {
  readonly directory: string
  /** Of each file. */
  readonly maxBytes: number
}

const ENDING = '.jsonl'
/** A name of a file has at most 255 bytes, its endings included. */
const MAX_NAME = 180
/** Files of jobs of earlier agents that are kept. */
const MAX_OLD = 64

export class JobFiles {
  readonly #options: JobFilesOptions | undefined
  readonly #log: Logger
  readonly #files = new Map<RunningJob, JobFile>()
  /** By the id of their job, files that are being removed: another job of this id waits. */
  readonly #going = new Map<string, Promise<void>>()

  /** `options` absent: no job can have a file. */
  constructor(options: JobFilesOptions | undefined, log: Logger) {
    this.#options = options
    this.#log = log
  }

  /** Rejects with TRACE_JOB_REFUSED where there can be none. */
  async add(job: RunningJob): Promise<void> {
    if (!job.spec.output?.includes('file')) return
    const options = this.#options
    try {
      if (!options) throw new Error('the agent has no folder for files; set its files::directory')
      await makeFolder(options.directory)
      for (const before of this.#files.keys()) if (before.id === job.id) await this.forget(before)
      await this.#going.get(job.id)
      const path = join(options.directory, nameOf(job.id))
      this.#files.set(
        job,
        new JobFile({
          path,
          maxBytes: options.maxBytes,
          onLost: lost(job, this.#log),
          onWritten: () => void job.setTrouble('file', undefined),
        }),
      )
      await this.#forgetOld(options.directory)
    } catch (error) {
      const message = `must not have "file": ${(error as Error).message}`
      throw new JobError('TRACE_JOB_REFUSED', `${job.id}: ${message}`, {
        cause: error,
        problems: [{ path: 'output', message }],
      })
    }
  }

  /** Writes the first `lines` of a batch. */
  write(job: RunningJob, { chunks }: Encoded, lines: number): void {
    const file = this.#files.get(job)
    if (!file) return
    let left = lines
    for (const chunk of chunks) {
      if (left > 0) job.counts.addOutputLoss(file.add(left < chunk.count ? firstLines(chunk, left) : chunk))
      left -= chunk.count
    }
  }

  /** The job is forgotten, and so is its file. */
  async forget(job: RunningJob): Promise<void> {
    const file = this.#files.get(job)
    if (!file) return
    this.#files.delete(job)
    const gone = file.remove().finally(() => {
      if (this.#going.get(job.id) === gone) this.#going.delete(job.id)
    })
    this.#going.set(job.id, gone)
    await gone
  }

  /** Files stay as they are. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#files.values()].map(file => file.close()))
    this.#files.clear()
  }

  async #forgetOld(directory: string): Promise<void> {
    const own = new Set([...this.#files.keys()].map(job => nameOf(job.id)))
    const names = (await readdir(directory)).filter(name => name.endsWith(ENDING) && !own.has(name))
    if (names.length <= MAX_OLD) return
    const old: [number, string][] = []
    for (const name of names)
      old.push([(await modifiedMs(join(directory, name))) ?? 0, join(directory, name)])
    old.sort(([a], [b]) => a - b)
    for (const [, path] of old.slice(0, names.length - MAX_OLD))
      await Promise.allSettled([unlink(path), unlink(`${path}.1`)])
  }
}

function nameOf(id: string): string {
  if (id.length <= MAX_NAME) return `${id}${ENDING}`
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 16)
  return `${id.slice(0, MAX_NAME)}-${digest}${ENDING}`
}

function lost(job: RunningJob, log: Logger): (lines: number, error: Error) => void {
  return (lines, error) => {
    job.counts.addOutputLoss(lines)
    if (!job.setTrouble('file', `not written: ${error.message}`))
      log.warn({ job: job.id, error: String(error) }, 'calls of a job could not be written')
  }
}
