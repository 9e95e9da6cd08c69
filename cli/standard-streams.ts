/** Standard output and error for commands that say something and end: all is written when a function returns. */
import { writeSync } from 'node:fs'
import { printableLines } from '../pipeline/printable.ts'

const STDOUT = 1
const STDERR = 2
/** A pipe that does not wait for its reader, as some parents make it, is tried again so often. */
const PAUSE_MS = 1
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Throws the system's error, but not when nobody reads any more, as `| true` does not: false then. */
export function print(text: string): boolean {
  return writeText(STDOUT, text)
}

/** The same for lines that may hold what others wrote, which no terminal is to obey; what nobody can be told is dropped. */
export function say(text: string): void {
  try {
    writeText(STDERR, printableLines(text))
  } catch {
    // A full disk, or a descriptor that is closed: there is nowhere left to say so.
  }
}

function writeText(fd: number, text: string): boolean {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') return false
      if (code !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, PAUSE_MS)
    }
  }
  return true
}
