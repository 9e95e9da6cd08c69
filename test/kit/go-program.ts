/** Programs of others, built once with Go from the modules that a go.mod pins, and kept in the user's cache folder. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, isCached } from './cache.ts'
import { type Lack, lacksCommand } from './skip.ts'

const ENV = { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' }

export class GoProgram {
  readonly #name: string
  readonly #folder: string
  readonly #package: string
  readonly #tags: string

  /** `folder` has go.mod, go.sum and nothing that is not a source; `package` is what to build, there itself if absent. */
  constructor(options: {
    readonly name: string
    readonly folder: string
    readonly package?: string
    readonly tags?: string
  }) {
    this.#name = options.name
    this.#folder = options.folder
    this.#package = options.package ?? '.'
    this.#tags = options.tags ?? ''
  }

  /** Returns why the program cannot be built here. Downloads its modules if they are missing. */
  lacks(): Lack {
    if (isCached(this.#name, this.#version())) return undefined
    const lack = lacksCommand('go')
    if (lack) return lack
    const download = spawnSync('go', ['mod', 'download'], { cwd: this.#folder, env: ENV, encoding: 'utf8' })
    if (download.status === 0) return undefined
    return `needs the Go modules of ${this.#name}, once: ${download.stderr.trim().split('\n').at(-1)}`
  }

  /** Returns the program's path; the first call builds it. Throws Unavailable if the build fails. */
  path(): string {
    const folder = cached(this.#name, this.#version(), work => {
      const how = ['-trimpath', '-ldflags=-s -w', `-tags=${this.#tags}`]
      const args = ['build', ...how, '-o', join(work, this.#name), this.#package]
      execFileSync('go', args, { cwd: this.#folder, env: ENV, stdio: 'pipe' })
      return work
    })
    return join(folder, this.#name)
  }

  /** One per content of its folder. */
  #version(): string {
    const hash = createHash('sha256')
    for (const file of readdirSync(this.#folder).sort())
      hash.update(`\0${file}\0`).update(readFileSync(join(this.#folder, file)))
    return hash.digest('hex').slice(0, 16)
  }
}
