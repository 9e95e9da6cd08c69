/**
 * Files for the eyes of whoever runs swoll, opened so that nobody else chooses which file that is: in /tmp anybody can put a link, or a file of
 * theirs, where one is going to be written. The kernel has such rules (fs.protected_symlinks, protected_regular); they are often off, and
 * know only sticky folders.
 *
 * - Where everybody may write, what is there already must be ours or of the folder's owner, and have no second name.
 * - A link that is neither ours nor root's must lead into a folder of the link's owner.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readlinkSync,
  type Stats,
  statfsSync,
} from 'node:fs'
import { SwollError } from './errors.ts'

const { O_APPEND, O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_TRUNC } = constants
/** Not among Node's constants; the same on x86-64 and arm64. */
const O_PATH = 0o10000000
/** Links in /proc are doors, not paths: a pipe has no path (statfs(2)). */
const PROC_MAGIC = 0x9fa0
/** Links of /proc that are paths. */
const SELF: ReadonlySet<string> = new Set(['self', 'thread-self', 'mounts', 'net'])
const PRIVATE = 0o600
const WRITABLE_BY_ALL = 0o002
/** Most symbolic links on the way to a file: as many as the kernel follows. */
const MAX_LINKS = 40

/**
 * Opens `path` with these flags of open(2); a regular file is then its owner's alone to read and write, also one that was there. O_TRUNC empties it
 * only when nothing is wrong with it. A pipe is opened without waiting for its other end: ENXIO says that nobody reads. The descriptor does
 * not block, which matters only for pipes and devices. Throws FILE_UNSAFE, or the system's error.
 */
export function openPrivate(path: string, flags: number): number {
  const walk = new Walk(path)
  try {
    walk.toEnd()
    return walk.open(flags)
  } catch (error) {
    throw named(error as NodeJS.ErrnoException, path)
  } finally {
    walk.close()
  }
}

/** Returns the system's error with the given path, instead of a step on the way there. */
function named(error: NodeJS.ErrnoException, path: string): NodeJS.ErrnoException {
  if (error.path === undefined) return error
  error.message = error.message.replace(`'${error.path}'`, `'${path}'`)
  error.path = path
  return error
}

/** Goes a path step by step, so that what was looked at is what is opened. */
class Walk {
  readonly #path: string
  /** A descriptor. */
  #folder: number
  #steps: string[]
  /** Owners of links on the way, other than us and root. */
  readonly #strangers: number[] = []
  #isDoor = false

  constructor(path: string) {
    this.#path = path
    this.#folder = openSync(path.startsWith('/') ? '/' : '.', O_PATH | O_DIRECTORY)
    this.#steps = split(path)
  }

  /** Walks to the folder of the file, past all links. */
  toEnd(): void {
    for (let links = 0; !this.#isDoor; ) {
      const link = readLink(this.#here)
      if (link !== undefined) {
        if (++links > MAX_LINKS) this.#refuse('must not lead through so many links')
        this.#follow(link)
      } else if (this.#steps.length > 1) {
        this.#enter(this.#here)
        this.#steps.shift()
      } else return
    }
  }

  open(flags: number): number {
    // The target is open already, and perhaps in use.
    if (this.#isDoor) return openSync(this.#here, (flags & ~O_TRUNC) | O_APPEND | O_NOCTTY | O_NONBLOCK)
    const owner = fstatSync(this.#folder).uid
    if (this.#strangers.some(uid => uid !== owner))
      this.#refuse('must not lead by a link of somebody else into a folder that is not theirs')
    const fd = openSync(this.#here, (flags & ~O_TRUNC) | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, PRIVATE)
    try {
      const found = fstatSync(fd)
      this.#check(found)
      if (found.isFile()) fchmodSync(fd, PRIVATE)
      if (found.isFile() && flags & O_TRUNC) ftruncateSync(fd)
      return fd
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  close(): void {
    closeSync(this.#folder)
  }

  get #here(): string {
    return `/proc/self/fd/${this.#folder}/${this.#steps[0] ?? '.'}`
  }

  #enter(folder: string): void {
    const next = openSync(folder, O_PATH | O_DIRECTORY | O_NOFOLLOW)
    closeSync(this.#folder)
    this.#folder = next
  }

  #follow(link: string): void {
    const { uid } = this.#check(lstatSync(this.#here))
    if (isInProc(this.#folder) && !SELF.has(this.#steps[0]!)) {
      this.#isDoor = true
      return
    }
    if (uid !== 0 && uid !== process.geteuid!()) this.#strangers.push(uid)
    if (link.startsWith('/')) this.#enter('/')
    this.#steps = [...split(link), ...this.#steps.slice(1)]
  }

  /** Checks a file found in a folder where everybody may write. */
  #check(found: Stats): Stats {
    const { mode, uid } = fstatSync(this.#folder)
    if ((mode & WRITABLE_BY_ALL) === 0) return found
    if (found.uid !== process.geteuid!() && found.uid !== uid)
      this.#refuse('must not be of somebody else where everybody may write')
    if (found.isFile() && found.nlink > 1)
      this.#refuse('must not have a second name where everybody may write')
    return found
  }

  #refuse(rule: string): never {
    throw new SwollError(
      'FILE_UNSAFE',
      `${this.#path}: ${rule}, got "${this.#steps[0]}"; choose a folder that only you may write to`,
    )
  }
}

/** An empty path stays one, and so is refused by the system. */
function split(path: string): string[] {
  return path.split('/').filter(step => step !== '' && step !== '.')
}

/** Returns the target of a link; undefined if the path is no link or missing. */
function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch (error) {
    if (['EINVAL', 'ENOENT'].includes((error as NodeJS.ErrnoException).code!)) return undefined
    throw error
  }
}

const isInProc = (folder: number): boolean => statfsSync(`/proc/self/fd/${folder}`).type === PROC_MAGIC
