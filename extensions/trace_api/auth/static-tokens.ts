/** Fixed tokens, of the configuration or of files. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { SwollError } from '../../../pipeline/errors.ts'
import { MIN_TOKEN, type TokenConfig } from './config.ts'
import { fixedLogin, type Login } from './login.ts'

interface Known {
  readonly digest: Buffer
  readonly login: Login
}

export class StaticTokens {
  readonly #configs: readonly TokenConfig[]
  #known: readonly Known[] = []

  constructor(configs: readonly TokenConfig[]) {
    this.#configs = configs
  }

  get files(): readonly string[] {
    return this.#configs.flatMap(({ token_file }) => token_file ?? [])
  }

  /** Reads the files; what holds already stays where one is wrong. Throws LOGIN_FILE_INVALID. */
  async load(): Promise<void> {
    this.#known = await Promise.all(
      this.#configs.map(async config => {
        const { name, token, token_file } = config
        const text = token?.reveal() ?? (await readToken(token_file!))
        return { digest: digestOf(text), login: fixedLogin({ name, groups: [], via: 'static' }, config) }
      }),
    )
  }

  /** Takes as long whichever it is, and how much of it is right. */
  find(token: string): Login | undefined {
    const digest = digestOf(token)
    let found: Login | undefined
    for (const known of this.#known) if (timingSafeEqual(known.digest, digest)) found = known.login
    return found
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

async function readToken(path: string): Promise<string> {
  const invalid = (rule: string, cause?: unknown) =>
    new SwollError('LOGIN_FILE_INVALID', `token_file ${path}: ${rule}`, { cause })
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw invalid(`must be a file that can be read, got ${cause.code}; check the path`, cause)
  })
  const token = text.trim()
  if (token.length >= MIN_TOKEN && !/\s/.test(token)) return token
  throw invalid(`must hold one word of at least ${MIN_TOKEN} characters; make one with: openssl rand -hex 32`)
}
