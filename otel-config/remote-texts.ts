/** Texts that references to addresses bring. Expansion does not wait: what it lacks is fetched, and it is done again. */
import { UnreadableFile } from './read-text.ts'

/** Addresses in one configuration. */
const MOST = 100

export class RemoteTexts {
  readonly #fetch: (url: string) => Promise<string>
  readonly #texts = new Map<string, string | UnreadableFile>()
  readonly #wanted = new Set<string>()

  constructor(fetch: (url: string) => Promise<string>) {
    this.#fetch = fetch
  }

  /** The text at the address; nothing if it has yet to be fetched. Throws UnreadableFile. */
  readonly read = (url: string): string => {
    const text = this.#texts.get(url)
    if (text instanceof UnreadableFile) throw text
    if (text !== undefined) return text
    if (this.#texts.size + this.#wanted.size >= MOST)
      throw new UnreadableFile(`must be among the first ${MOST} addresses`)
    this.#wanted.add(url)
    return ''
  }

  /** Fetches what was asked for and not there; false if there was nothing. */
  async fetchWanted(): Promise<boolean> {
    const urls = [...this.#wanted]
    this.#wanted.clear()
    await Promise.all(
      urls.map(async url => {
        this.#texts.set(url, await this.#fetch(url).catch(onlyUnreadable))
      }),
    )
    return urls.length > 0
  }
}

function onlyUnreadable(cause: unknown): UnreadableFile {
  if (cause instanceof UnreadableFile) return cause
  throw cause
}
