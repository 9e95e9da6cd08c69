/** A call has few orders, and an ioctl many commands: all structs longer than a word are copied by the same ones. */
import type { Type } from './type.ts'

/** Bytes of the longest, `struct termios2`. */
export const IOCTL_ROOM = 44

/** `type`, of which as many bytes are copied as of all the others. */
export function inRoom(type: Type): Type {
  return { ...type, size: () => IOCTL_ROOM }
}
