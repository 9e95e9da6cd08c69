/** The last argument of `pselect6`: a pointer at a set of signals, and its length. */
import { pointer, size } from './scalars.ts'
import { struct } from './struct.ts'

/** `{sigmask=0x7f…, sigsetsize=8}`: the set is behind a pointer that is not followed. */
export const sigsetPair = struct({ sigmask: pointer, sigsetsize: size })
