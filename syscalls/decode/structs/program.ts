/** A classic BPF program, by its address. */
import { pointer, u16 } from './scalars.ts'
import { struct } from './struct.ts'

/** `{len=3, filter=0x7f…}`. */
export const program = struct({ len: u16, filter: pointer })
