/** File descriptors, and what stands for one. */
import type { Kind } from '../kind.ts'

const AT_FDCWD = -100

const fd: Kind = { print: argument => `${argument.int}` }
const dirfd: Kind = { print: argument => (argument.int === AT_FDCWD ? 'AT_FDCWD' : `${argument.int}`) }

export const descriptors = { fd: () => fd, dirfd: () => dirfd }
