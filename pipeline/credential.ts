/** Names and passwords that a configuration has, or a file that it names. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Host } from './component.ts'
import { SwollError } from './errors.ts'
import { fileProblem } from './file-problem.ts'
import type { Secret } from './secret.ts'

export interface Credential {
  /** The text, without blanks round it. Of a file: as it is now, or else as it was last. Rejects with SwollError LOGIN_FILE_INVALID if it never was. */
  read(): Promise<string>
}

/** What the configuration says of one credential. */
interface CredentialOptions {
  readonly value?: Secret | string | undefined
  /** Where it is given, `value` is not used. */
  readonly file?: string | undefined
  /** The key of the file, for messages: `password_file`. */
  readonly key: string
  /** Told of a recoverable error while the file cannot be read, once it could be. */
  readonly host: Pick<Host, 'report'>
  /** True: also before. Default false: the start is refused then. */
  readonly mayComeLater?: boolean
}

export function toCredential(options: CredentialOptions): Credential {
  const { value = '', file } = options
  if (file) return new CredentialFile({ ...options, file })
  return { read: async () => (typeof value === 'string' ? value : value.reveal()) }
}

/** More is none. */
const MOST_BYTES = 64 * 1024

/** Read anew each time: who puts another text there need tell nobody, and the next request has it. */
class CredentialFile implements Credential {
  readonly #options: CredentialOptions & { readonly file: string }
  #last: string | undefined
  #isFine = true

  constructor(options: CredentialOptions & { readonly file: string }) {
    this.#options = options
  }

  async read(): Promise<string> {
    const { key, file, mayComeLater } = this.#options
    try {
      this.#last = await readShort(file)
      this.#tell(undefined)
      return this.#last
    } catch (cause) {
      const message = `${key}: file ${file} ${problemOf(cause)}`
      const error = new SwollError('LOGIN_FILE_INVALID', message, { cause })
      if (mayComeLater || this.#last !== undefined) this.#tell(error)
      if (this.#last === undefined) throw error
      return this.#last
    }
  }

  /** Once for each change. */
  #tell(problem: Error | undefined): void {
    if (this.#isFine === (problem === undefined)) return
    this.#isFine = problem === undefined
    this.#options.host.report(this.#isFine ? 'ok' : 'recoverable', problem)
  }
}

class Unfit extends Error {}

function problemOf(cause: unknown): string {
  return cause instanceof Unfit ? cause.message : fileProblem(cause as NodeJS.ErrnoException)
}

/** A pipe without a writer is empty, and keeps nobody waiting. */
async function readShort(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const text = (await readStart(file)).toString('utf8').trim()
    if (text === '') throw new Unfit('must hold a text, and is empty; write it there')
    return text
  } finally {
    await file.close()
  }
}

async function readStart(file: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(MOST_BYTES + 1)
  let length = 0
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length)
    if (bytesRead === 0) return buffer.subarray(0, length)
    length += bytesRead
  }
  throw new Unfit(`must hold at most ${MOST_BYTES} bytes; check that it is the right file`)
}
