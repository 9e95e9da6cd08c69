/** Reads files of a configuration; never waits for a file, and never fills the memory with one. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { MAX_BYTES } from './limits.ts'

/** Why a file is none for a configuration. The message is a rule as of an Issue, without the file's name. */
export class UnreadableFile extends Error {
  readonly hint: string | undefined
  /** The system's error code, such as `ENOENT`. */
  readonly code: string | undefined

  constructor(rule: string, hint?: string, code?: string) {
    super(rule)
    this.hint = hint
    this.code = code
  }
}

/**
 * The text of a file. Throws UnreadableFile for what is missing, no file, larger than MAX_BYTES, or not UTF-8. Of special files only
 * what the caller itself has opened is read, such as `/dev/stdin` or a shell's `<(command)`.
 */
export function readText(path: string): string {
  const isOpened = OPENED.test(path)
  const fd = open(path, isOpened)
  try {
    checkKind(fstatSync(fd), isOpened)
    return decodeText(readAll(fd))
  } catch (cause) {
    throw cause instanceof UnreadableFile ? cause : toUnreadable(cause)
  } finally {
    closeSync(fd)
  }
}

/** The text of these bytes. Throws UnreadableFile for more than MAX_BYTES, or what is not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.length > MAX_BYTES) throw tooLarge(`more than ${MAX_BYTES}`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UnreadableFile('must be text in UTF-8', 'convert it')
  }
}

const OPENED = /^\/dev\/(stdin|fd\/\d+)$|^\/proc\/(self|\d+)\/fd\/\d+$/

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this process',
}

/** A FIFO that nobody writes to is not waited for. */
function open(path: string, isOpened: boolean): number {
  try {
    return openSync(path, isOpened ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw toUnreadable(cause)
  }
}

function toUnreadable(cause: unknown): UnreadableFile {
  const { code = String(cause) } = cause as NodeJS.ErrnoException
  return new UnreadableFile(FAULTS[code] ?? `cannot be read (${code})`, 'check the path', code)
}

function checkKind(status: Stats, isOpened: boolean): void {
  const kind = status.isDirectory() ? 'a folder' : isOpened ? undefined : specialKind(status)
  if (kind) throw new UnreadableFile(`must be a file, got ${kind}`, 'check the path')
  if (status.size > MAX_BYTES) throw tooLarge(String(status.size))
}

function specialKind(status: Stats): string | undefined {
  if (status.isFIFO()) return 'a FIFO'
  if (status.isCharacterDevice() || status.isBlockDevice()) return 'a device'
  return status.isSocket() ? 'a socket' : undefined
}

/** Files of /proc have no size before they are read. */
function readAll(fd: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(MAX_BYTES + 1)
  let length = 0
  while (length < bytes.length) {
    const got = readSync(fd, bytes, length, bytes.length - length, null)
    if (got === 0) break
    length += got
  }
  return bytes.subarray(0, length)
}

function tooLarge(bytes: string): UnreadableFile {
  return new UnreadableFile(`must have at most ${MAX_BYTES} bytes, got ${bytes}`, 'split it, or write less')
}
