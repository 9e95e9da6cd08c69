/** A storage in a folder of its own. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { config } from '../../../extensions/file_storage/config.ts'
import { FileStorage } from '../../../extensions/file_storage/extension.ts'
import { Services } from '../../../pipeline/services.ts'
import type { NewRecord, Store } from '../../../pipeline/storage.ts'
import { createContext, nopHost, recordingLogger, recordingMeter } from '../../kit/context.ts'

/** In memory where that can be had: on a busy disk hundreds of files take long to be written through. */
const PARENT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

export function scratch() {
  const path = mkdtempSync(join(PARENT, 'swoll-storage-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Storages with the same `services` are in the same process. */
export async function openStorage(directory: string, given: object = {}, services = new Services()) {
  const log = recordingLogger()
  const { meter, read } = recordingMeter()
  const context = createContext(config.parse({ directory, ...given }), { id: 'file_storage', log, meter })
  const extension = new FileStorage(context)
  await extension.start(nopHost(services))
  return {
    storage: extension.offers.storage,
    open: (component = 'exporters.a', onRecords: (log: string) => void = () => {}) =>
      extension.offers.storage.open(component, onRecords),
    read,
    lines: log.lines,
    async [Symbol.asyncDispose]() {
      await extension.shutdown(AbortSignal.abort())
    },
  }
}

export const record = (text: string, items = 1): NewRecord => ({
  format: 'text',
  items,
  data: new TextEncoder().encode(text),
})

export const textOf = (store: Store, id: number): string | undefined => {
  const data = store.read(id)
  return data && new TextDecoder().decode(data)
}

/** What nobody has of a log, as it was appended. */
export const claimed = (store: Store, log = 'logs'): (string | undefined)[] =>
  store.claim(log).map(({ id }) => textOf(store, id))
