import { readFileSync } from 'node:fs'
import type { Usage } from '../trace/usage.ts'

/** The text of a file, or of standard input (`-`); undefined, and refused, where it cannot be read. */
export function readText(option: string, path: string, usage: Usage): string | undefined {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    usage.refuse(option, `must be a file that can be read, got "${path}" (${code})`)
    return undefined
  }
}
