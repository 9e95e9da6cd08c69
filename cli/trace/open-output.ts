/** Opens outputs by their kind: files are written at once, which costs least; pipes and terminals without waiting, since their readers may stop. */
import { constants, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { isatty, WriteStream } from 'node:tty'
import type { Clock } from '../../pipeline/clock.ts'
import { pause } from '../../pipeline/pause.ts'
import { openPrivate } from '../../pipeline/private-file.ts'
import { FileStream } from './file-stream.ts'

const { O_CREAT, O_NOCTTY, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants
const LOOK_MS = 100

/**
 * The file. A pipe is waited for until it has a reader; undefined: `abort` came first. Throws the system's error, or FILE_UNSAFE, for what
 * cannot be written.
 */
export async function openFileOutput(
  path: string,
  clock: Clock,
  abort: AbortSignal,
): Promise<Writable | undefined> {
  while (!abort.aborted) {
    const fd = tryOpen(path)
    if (fd !== undefined) return isPipe(fd) ? toWriter(fd) : toStream(fd)
    await pause(clock, LOOK_MS, abort)
  }
  return undefined
}

/** Undefined: it is a pipe that nobody reads. */
function tryOpen(path: string): number | undefined {
  try {
    return openPrivate(path, O_WRONLY | O_CREAT | O_TRUNC)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return undefined
    throw error
  }
}

/**
 * Standard output or error. One that is shared with a command stays as it is: that it must not wait would hold for the command,
 * too (O_NONBLOCK is of the open file, not of the descriptor).
 */
export function openStandardOutput(fd: 1 | 2, isShared: boolean): Writable {
  if (isatty(fd)) return fd === 1 ? process.stdout : process.stderr
  if (!isPipe(fd)) return new FileStream(fd, { isLent: true })
  if (!isShared) return toWriter(fd)
  try {
    return toWriter(openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY))
  } catch {
    return new FileStream(fd, { isLent: true }) // a socket, or a pipe of another user
  }
}

function isPipe(fd: number): boolean {
  const status = fstatSync(fd)
  return status.isFIFO() || status.isSocket()
}

const toWriter = (fd: number): Writable => new Socket({ fd, readable: false, writable: true })

function toStream(fd: number): Writable {
  return isatty(fd) ? new WriteStream(fd) : new FileStream(fd)
}

/** Whether a terminal is at the other end, and nobody forbade colours (https://no-color.org). */
export function hasColours(fd: 1 | 2, file: string | undefined, env: NodeJS.ProcessEnv): boolean {
  return file === undefined && isatty(fd) && !env.NO_COLOR
}
