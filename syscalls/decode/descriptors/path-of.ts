/** The path behind a descriptor, for comparisons. */
import { DESCRIPTOR_DETACHED, descriptorLayout as layout } from '../../../native/generated/trace-layout.ts'
import type { Chunk } from '../kind.ts'
import { toPath } from './path.ts'
import { isSocket } from './referent.ts'

/** Returns the path as the process sees it, each byte a character. Undefined: no file in a folder, or only the end of the path was copied. */
export function pathOf({ bytes, isCut }: Chunk): string | undefined {
  if (isCut || bytes.length < layout.size || isSocket(bytes)) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint16(layout.flags, true) & DESCRIPTOR_DETACHED) return undefined
  const names = bytes.subarray(layout.size)
  return names.length === 0 ? '/' : Buffer.from(toPath(names)).toString('latin1')
}
