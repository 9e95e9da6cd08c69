/** Names of the error numbers that a system call can return. */
import { errnos } from './generated/errnos.ts'
import { toNames } from './syscalls.ts'

const names = toNames(errnos)
const KERNEL_INTERNAL = 512
const numbers = new Map([...names].map(([number, name]) => [name, number]))
/** Other names that the C library and people have for the same numbers (errno(3)). */
const ALIASES: Readonly<Record<string, string>> = {
  EWOULDBLOCK: 'EAGAIN',
  EDEADLOCK: 'EDEADLK',
  ENOTSUP: 'EOPNOTSUPP',
}

/**
 * `ENOENT` for 2. `errno` is the positive number, 1 to 4095. Kernel-internal numbers that leak out of drivers have
 * names too (524 is `ENOTSUPP`); a number without a name is `E_<number>`, e.g. `E_999`.
 */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `E_${errno}`
}

/** The names that programs know: those of the kernel's own numbers, from 512, are left out. */
export function errnoNames(): readonly string[] {
  return [...names].filter(([errno]) => errno < KERNEL_INTERNAL).map(([, name]) => name)
}

/** The errno of a name such as `ENOENT`; aliases such as `EWOULDBLOCK` are known too. Undefined for an unknown name. */
export function errnoOf(name: string): number | undefined {
  return numbers.get(ALIASES[name] ?? name)
}
