/** Names of the error numbers that a system call can return. */
import { errnos } from './generated/errnos.ts'
import { toNames } from './syscalls.ts'

const names = toNames(errnos)

/**
 * `ENOENT` for 2. `errno` is the positive number, 1 to 4095. Kernel-internal numbers that leak out of drivers have
 * names too (524 is `ENOTSUPP`); a number without a name is `E_<number>`, e.g. `E_999`.
 */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `E_${errno}`
}
