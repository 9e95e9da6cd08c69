/** Files of /proc and /sys: what is not there, or may not be read, is undefined. */
import { readFileSync } from 'node:fs'

/** The whole file. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** A file that holds a number, such as those of /proc/sys; `max` and other words are undefined. */
export function readNumber(path: string): number | undefined {
  const text = readText(path)?.trim()
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
}
