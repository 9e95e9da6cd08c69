/** Calls whose first arguments say more than the name, and which a filter can tell apart: numbers in registers, of few values. */

/** Call → the index of the argument. `clone3` and `openat2` have theirs in memory, where no filter looks. */
export const ARGUMENT_CALLS: ReadonlyMap<string, number> = new Map([
  ['socket', 0], // the address family
  ['socketpair', 0],
  ['clone', 0], // flags, with the signal of the child's end
  ['unshare', 0],
  ['setns', 1],
  ['personality', 0],
  ['prctl', 0], // the option
  ['ioctl', 1], // the request
])
