/** Extensions that say who sends, started in a folder of their own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Factory, Part } from '../../pipeline/component.ts'
import { createContext, never, recordingHost, recordingLogger } from '../kit/context.ts'

/** A folder for files with secrets, gone with the block. */
export function secretsFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-auth-'))
  return {
    path: (name: string) => join(folder, name),
    write(name: string, text: string | Uint8Array) {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The extension with the configuration, and what it told. `make`: another instance than the factory's. */
export function authOf<C>(
  factory: Factory<C>,
  given: object,
  make = (context: ReturnType<typeof createContext<C>>): Part => factory.create(context, {}),
) {
  const host = recordingHost()
  const log = recordingLogger()
  const part = make(createContext(factory.config.parse(given), { id: factory.type, log }))
  return {
    host,
    log,
    start: (abort = never) => part.start(host, abort),
    headers: (abort = never) => part.offers!.clientAuth!.headers(abort),
    states: () => host.reports.map(({ status }) => status),
    [Symbol.asyncDispose]: () => part.shutdown(never),
  }
}

/** The messages of a refused configuration, each with its path. */
export function issuesOf<C>({ config }: Factory<C>, given: object): string[] {
  const { error } = config.safeParse(given)
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('::')}: ${message}`)
}
