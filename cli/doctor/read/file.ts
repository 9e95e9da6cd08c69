/** Folders of /proc and /sys: what is not there, or may not be read, is empty. */
import { readdirSync } from 'node:fs'

/** Names in a folder. */
export function readNames(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
