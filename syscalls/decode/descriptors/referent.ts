/**
 * The file behind a descriptor: as text after its number (`</etc/passwd>`, `<pipe:[81]>`, `<TCP:[10.0.0.1:80->10.0.0.9:4711]>`), as a
 * path to compare, and less what is not to be seen.
 */
import {
  DESCRIPTOR_DETACHED,
  DESCRIPTOR_UNLINKED,
  descriptorLayout as layout,
  socketLayout,
} from '../../../native/generated/trace-layout.ts'
import type { Chunk } from '../kind.ts'
import { escapeBytes } from '../values/text.ts'
import { fromPath, toPath } from './path.ts'
import { socketText } from './socket.ts'

/** linux/magic.h */
const PIPEFS = 0x50495045
const SOCKFS = 0x534f434b
const ANONYMOUS = 0x09041934
const NSFS = 0x6e736673
const PIDFS = 0x50494446

/** linux/stat.h */
const FORMAT = 0o170000
const CHARACTERS = 0o020000
const BLOCKS = 0o060000
const SOCKET = 0o140000

const MINOR_BITS = 20

/** Returns the text of `strace -yy`, brackets included; empty for bytes that cannot be a descriptor. */
export function referentText({ bytes, isCut }: Chunk): string {
  if (bytes.length < layout.size) return ''
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const magic = view.getUint32(layout.magic, true)
  const mode = view.getUint16(layout.mode, true)
  const inode = view.getBigUint64(layout.inode, true)
  const rest = bytes.subarray(layout.size)
  if (isSocket(bytes)) return `<${socketText(rest, inode)}>`
  const flags = view.getUint16(layout.flags, true)
  if (flags & DESCRIPTOR_DETACHED) return detachedText(magic, inode, nameOf(rest))
  const deleted = flags & DESCRIPTOR_UNLINKED ? '(deleted)' : ''
  const device = deviceText(mode, view.getUint32(layout.specialDevice, true))
  return `<${isCut ? '...' : ''}${pathText(rest)}${device}>${deleted}`
}

/** Returns whether a struct swoll_socket follows the struct swoll_descriptor at the start of `bytes`. */
function isSocket(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const mode = view.getUint16(layout.mode, true)
  return view.getUint32(layout.magic, true) === SOCKFS && (mode & FORMAT) === SOCKET
}

/** Prints a file that is in no folder by the kernel's name for it. */
function detachedText(magic: number, inode: bigint, name: string): string {
  switch (magic) {
    case PIPEFS:
      return `<pipe:[${inode}]>`
    case NSFS:
      return `<${name}:[${inode}]>`
    case PIDFS:
      return '<anon_inode:[pidfd]>'
    case ANONYMOUS:
      return `<anon_inode:${name}>`
    default:
      return `</${name}>(deleted)`
  }
}

/** `<char 1:3>` behind the path of a device. */
function deviceText(mode: number, device: number): string {
  const kind = mode & FORMAT
  if (kind !== CHARACTERS && kind !== BLOCKS) return ''
  const minor = device & (2 ** MINOR_BITS - 1)
  return `<${kind === BLOCKS ? 'block' : 'char'} ${device >>> MINOR_BITS}:${minor}>`
}

function pathText(names: Uint8Array): string {
  return names.length === 0 ? '/' : safe(toPath(names))
}

function nameOf(names: Uint8Array): string {
  const nul = names.indexOf(0)
  return safe(nul < 0 ? names : names.subarray(0, nul))
}

/** Brackets in a name are no brackets. */
function safe(name: Uint8Array): string {
  return escapeBytes(name, 0, name.length).replace(/[<>]/g, c => (c === '<' ? '\\74' : '\\76'))
}

/** Returns the path as the process sees it, each byte a character. Undefined: no file in a folder, or only the end of the path was copied. */
export function pathOf({ bytes, isCut }: Chunk): string | undefined {
  if (isCut || bytes.length < layout.size || isSocket(bytes)) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint16(layout.flags, true) & DESCRIPTOR_DETACHED) return undefined
  const names = bytes.subarray(layout.size)
  return names.length === 0 ? '/' : Buffer.from(toPath(names)).toString('latin1')
}

/** Has `redact` change a path, or the name of a unix socket, in the memory of a chunk itself; it keeps its length. */
export function redactReferent(chunk: Uint8Array, redact: (bytes: Uint8Array) => void): void {
  if (chunk.length < layout.size) return
  const rest = chunk.subarray(layout.size)
  if (isSocket(chunk)) {
    redact(rest.subarray(socketLayout.size))
    return
  }
  const path = toPath(rest)
  redact(path)
  fromPath(path, rest)
}
