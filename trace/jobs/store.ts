/**
 * Jobs that outlive the agent: a file each, replaced as a whole. What is found damaged is put aside, and never stops anything. After the agent was
 * killed a job has what its file says is left of its budget: at most what it was given in the last second comes on top.
 */
import { createHash } from 'node:crypto'
import * as nodeFs from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { onAbort } from '../../pipeline/abort.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { nodeTargets, traceSpec } from '../api/spec.ts'
import { makeFolder } from './private-folder.ts'

/** The part of node:fs/promises that is used, for tests to break. */
export type StoreFiles = Pick<
  typeof nodeFs,
  'mkdir' | 'readdir' | 'readFile' | 'rename' | 'unlink' | 'writeFile'
>

const count = z.int().min(0)
const savedJob = z.object({
  version: z.literal(1),
  id: z.string().min(1),
  name: z.string().optional(),
  owner: z.string(),
  place: z.union([z.strictObject({ namespace: z.string() }), z.strictObject({ node: nodeTargets })]),
  spec: traceSpec,
  leaseMs: z.number().min(0).optional(),
  /** Unix time. */
  createdMs: z.number(),
  startedMs: z.number(),
  endsMs: z.number().optional(),
  /** What came so far. */
  calls: count,
  bytes: count,
  lost: z.record(z.string(), count),
})
export type SavedJob = z.output<typeof savedJob>

const ENDING = '.job.json'
const PRIVATE = 0o600

export class JobStore {
  readonly #directory: string
  readonly #log: Logger
  readonly #fs: StoreFiles
  /** By id: what is being written, and what comes after it. */
  readonly #writes = new Map<string, Promise<void>>()

  constructor(directory: string, log: Logger, fs: StoreFiles = nodeFs) {
    this.#directory = directory
    this.#log = log
    this.#fs = fs
  }

  /** All that were saved, the oldest first. Rejects when the folder cannot be made or read. */
  async load(): Promise<SavedJob[]> {
    await makeFolder(this.#directory)
    const names = await this.#fs.readdir(this.#directory)
    const jobs: SavedJob[] = []
    for (const name of names.filter(each => each.endsWith(ENDING))) {
      const job = await this.#read(name)
      if (job) jobs.push(job)
    }
    return jobs.sort((a, b) => a.createdMs - b.createdMs)
  }

  /** Rejects with the error of the file system; what was saved before is then still there. */
  save(job: SavedJob): Promise<void> {
    return this.#inTurn(job.id, async () => {
      const path = this.#pathOf(job.id)
      await this.#fs.writeFile(`${path}.new`, JSON.stringify(job), { mode: PRIVATE })
      await this.#fs.rename(`${path}.new`, path)
    })
  }

  async forget(id: string): Promise<void> {
    await this.#inTurn(id, () => this.#fs.unlink(this.#pathOf(id))).catch(error => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.warn({ job: id, error: String(error) }, 'a job that is over could not be forgotten')
    })
  }

  /** Resolves when nothing is being written, or at the abort. */
  async settled(abort: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    using _ = onAbort(abort, resolve)
    await Promise.race([promise, Promise.allSettled(this.#writes.values())])
  }

  /** One after another, for each id. */
  #inTurn(id: string, write: () => Promise<void>): Promise<void> {
    const before = this.#writes.get(id) ?? Promise.resolve()
    const done = before.catch(() => {}).then(write)
    const settled = done
      .catch(() => {})
      .finally(() => {
        if (this.#writes.get(id) === settled) this.#writes.delete(id)
      })
    this.#writes.set(id, settled)
    return done
  }

  async #read(name: string): Promise<SavedJob | undefined> {
    const path = join(this.#directory, name)
    try {
      return savedJob.parse(JSON.parse(await this.#fs.readFile(path, 'utf8')))
    } catch (error) {
      this.#log.warn(
        { path, error: (error as Error).message },
        'a saved job cannot be read, and is put aside',
      )
      await this.#fs.rename(path, `${path}.damaged`).catch(() => {}) // it stays, and is reported again
      return undefined
    }
  }

  /** An id may be longer than the name of a file, and differ from another by the case of letters alone. */
  #pathOf(id: string): string {
    return join(this.#directory, `${createHash('sha256').update(id).digest('hex')}${ENDING}`)
  }
}
