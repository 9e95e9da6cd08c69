/** Names and passwords of a file that `htpasswd -B` writes. */
import { readFile } from 'node:fs/promises'
import type { Clock } from '../../../pipeline/clock.ts'
import { SwollError } from '../../../pipeline/errors.ts'
import { BriefCache } from './brief-cache.ts'
import type { HtpasswdConfig } from './config.ts'
import { createFingerprint } from './fingerprint.ts'
import { GateError } from './gate.ts'
import { fixedLogin, type Login } from './login.ts'

/** bcrypt as htpasswd and others write it. Each step of the cost doubles the time: 12 takes a quarter of a second. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const MAX_COST = 14
/** For names that are not there: finding that out must take as long. */
const NOBODY = `$2b$10$${'.'.repeat(22)}${'.'.repeat(31)}`
/** A password is computed anew after this. */
const HOLDS_MS = 30_000
const MAX_REMEMBERED = 256
/** Passwords computed at once: they share the thread of everything else. */
const MAX_UNDER_WAY = 4

export class Htpasswd {
  readonly #config: HtpasswdConfig
  readonly #answers: BriefCache<boolean>
  readonly #fingerprint = createFingerprint()
  #hashes: ReadonlyMap<string, string> = new Map()

  constructor(config: HtpasswdConfig, clock: Clock) {
    this.#config = config
    this.#answers = new BriefCache({ clock, max: MAX_REMEMBERED, holdsMs: () => HOLDS_MS })
  }

  get file(): string {
    return this.#config.file
  }

  /** Reads the file; what holds already stays where it is wrong. Throws LOGIN_FILE_INVALID. */
  async load(): Promise<void> {
    const { file } = this.#config
    const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw invalid(file, `must be a file that can be read, got ${cause.code}; check the path`, cause)
    })
    this.#hashes = decodeHashes(file, text)
    this.#answers.clear()
  }

  /** Undefined: no such user, or another password. Throws GateError if too many are asked for. */
  async find(name: string, password: string): Promise<Login | undefined> {
    const hash = this.#hashes.get(name)
    const isRight = await this.#answers.get(this.#fingerprint(name, password), () =>
      this.#compare(password, hash ?? NOBODY),
    )
    const rights = this.#config.users.find(user => user.name === name)
    if (!isRight || hash === undefined || !rights) return undefined
    return fixedLogin({ name, groups: [], via: 'htpasswd' }, rights)
  }

  async #compare(password: string, hash: string): Promise<boolean> {
    if (this.#answers.underWay > MAX_UNDER_WAY)
      throw new GateError(503, 'too many passwords are being checked; try again', { retryAfterMs: 1000 })
    const { compare } = await import('bcryptjs')
    return compare(password, hash)
  }
}

function invalid(file: string, rule: string, cause?: unknown): SwollError {
  return new SwollError('LOGIN_FILE_INVALID', `htpasswd file ${file}: ${rule}`, { cause })
}

function decodeHashes(file: string, text: string): Map<string, string> {
  const hashes = new Map<string, string>()
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [name = '', hash = ''] = line.split(':')
    const cost = Number(BCRYPT.exec(hash)?.[1])
    if (name === '' || !(cost <= MAX_COST))
      throw invalid(
        file,
        `line ${i + 1}: must be NAME:HASH with bcrypt of a cost up to ${MAX_COST}; htpasswd -B makes one`,
      )
    hashes.set(name, hash)
  }
  return hashes
}
