/** Keeps files that tests fetch or build once. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The machine cannot fetch, build or run what a test needs; the message ends the sentence "skipped because …". */
export class Unavailable extends Error {}

/** `$XDG_CACHE_HOME/swoll/AREA`. */
function cacheFolder(area: string): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'swoll', area)
}

/** Whether the area holds `name`, so that `cached` would give it without filling it. */
export function isCached(area: string, name: string): boolean {
  return existsSync(join(cacheFolder(area), name))
}

/**
 * The folder `name` of the cache's area, filled by `fill` when it is not there yet; delete it to fetch anew. `fill` gets an empty
 * folder and gives the folder below it to keep. A half-filled folder is never seen, also not by another process.
 */
export function cached(area: string, name: string, fill: (work: string) => string): string {
  const folder = join(cacheFolder(area), name)
  if (existsSync(folder)) return folder
  mkdirSync(cacheFolder(area), { recursive: true })
  const work = mkdtempSync(join(cacheFolder(area), '.work-'))
  try {
    renameSync(fill(work), folder)
  } catch (cause) {
    if (!existsSync(folder)) throw toUnavailable(name, cause) // else another process was faster
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return folder
}

function toUnavailable(name: string, cause: unknown): Unavailable {
  const said = (cause as { stderr?: Buffer | string }).stderr?.toString().trim() || String(cause)
  return new Unavailable(`${name} cannot be fetched: ${said.split('\n').at(-1)}`, { cause })
}
