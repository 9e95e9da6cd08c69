/** A call has few orders, and an ioctl many commands: all structs longer than a word share the same orders. */
import type { Type } from './type.ts'

/** Bytes of the longest, `struct termios2`. */
export const IOCTL_ROOM = 44

/** Returns `type` with room for as many bytes as the longest of these structs. */
export function inRoom(type: Type): Type {
  return { ...type, size: () => IOCTL_ROOM }
}
