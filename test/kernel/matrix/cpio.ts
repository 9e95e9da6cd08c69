/** Writes an initramfs: a cpio archive in the "newc" format of the kernel's Documentation/driver-api/early-userspace/buffer-format.rst. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** The content of one path of the archive: a file's bytes, or the target of a symbolic link. */
export type Entry =
  | { readonly kind: 'file'; readonly data: Uint8Array; readonly isExecutable?: boolean }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder' }

const FOLDER = 0o040755
const LINK = 0o120777
const FILE = 0o100644
const PROGRAM = 0o100755
const TRAILER = 'TRAILER!!!'

/**
 * Writes `tree` (paths without a leading slash) to the file `path`, in the order of the names, so that equal trees give equal bytes.
 * Missing parent folders are added; everything belongs to root and is dated 1970.
 */
export function writeArchive(path: string, tree: ReadonlyMap<string, Entry>): void {
  const file = openSync(path, 'w')
  try {
    let inode = 1
    for (const [name, entry] of [...withParents(tree)].sort(byName)) {
      const [mode, data] = describe(entry)
      writeEntry(file, { name, mode, data, inode: inode++ })
    }
    writeEntry(file, { name: TRAILER, mode: 0, data: new Uint8Array(), inode: 0 })
  } finally {
    closeSync(file)
  }
}

/** A parent sorts before its children: its name is a prefix of theirs. */
function byName([a]: readonly [string, Entry], [b]: readonly [string, Entry]): number {
  return a < b ? -1 : 1
}

function withParents(tree: ReadonlyMap<string, Entry>): Map<string, Entry> {
  const all = new Map(tree)
  for (const name of tree.keys())
    for (let parent = dirname(name); parent !== '.' && !all.has(parent); parent = dirname(parent))
      all.set(parent, { kind: 'folder' })
  return all
}

function describe(entry: Entry): [mode: number, data: Uint8Array] {
  if (entry.kind === 'folder') return [FOLDER, new Uint8Array()]
  if (entry.kind === 'link') return [LINK, Buffer.from(entry.target)]
  return [entry.isExecutable ? PROGRAM : FILE, entry.data]
}

interface Record {
  readonly name: string
  readonly mode: number
  readonly data: Uint8Array
  readonly inode: number
}

function writeEntry(file: number, { name, mode, data, inode }: Record): void {
  const nameBytes = Buffer.from(`${name}\0`)
  const links = mode === FOLDER ? 2 : 1
  // magic, then: inode, mode, uid, gid, links, time, size, device ×2, special device ×2, name size, checksum (unused here)
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, nameBytes.length, 0]
  const header = `070701${fields.map(value => value.toString(16).padStart(8, '0')).join('')}`
  writeSync(file, padded(Buffer.concat([Buffer.from(header), nameBytes])))
  for (let done = 0; done < data.length; ) done += writeSync(file, data, done)
  writeSync(file, Buffer.alloc(-data.length & 3))
}

/** Header with name, and data, each fill a multiple of four bytes. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
}
