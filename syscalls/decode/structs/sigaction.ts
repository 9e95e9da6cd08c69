/** The kernel's struct for the handling of signals; the C library has another one. */
import { flags, names } from './named.ts'
import { pointer, u32, ulong } from './scalars.ts'
import { oldSigset, sigset } from './signals.ts'
import { struct, when } from './struct.ts'
import type { Scalar } from './type.ts'

const SA = names(
  `RESTORER=0x4000000 ONSTACK=0x8000000 RESTART=0x10000000 INTERRUPT=0x20000000 NODEFER=0x40000000 RESETHAND=0x80000000 SIGINFO=4
  NOCLDSTOP=1 NOCLDWAIT=2`,
  'SA_',
)
const RESTORER = 0x4000000n
const HANDLERS = ['SIG_DFL', 'SIG_IGN']

/** An address, or one of those that mean something. */
const handler: Scalar = {
  ...pointer,
  print(memory, at) {
    const value = pointer.read(memory, at)
    const isError = BigInt.asIntN(pointer.size(memory.sizes) * 8, value) === -1n
    return isError ? 'SIG_ERR' : (HANDLERS[Number(value)] ?? `0x${value.toString(16)}`)
  },
}

const restorer = when(pointer, get => (get('sa_flags') & RESTORER) !== 0n)
const flagsOf = (type: Scalar) => flags(type, SA, 'SA_???')

/** Printed in another order than it lies. */
const ORDER = { order: 'sa_handler sa_mask sa_flags sa_restorer' }

export const sigaction = struct(
  { sa_handler: handler, sa_flags: flagsOf(ulong), sa_restorer: restorer, sa_mask: sigset },
  ORDER,
)
/** The struct of i386 and arm, with 32 signals. */
export const oldSigaction = struct(
  { sa_handler: handler, sa_mask: oldSigset, sa_flags: flagsOf(u32), sa_restorer: restorer },
  ORDER,
)

const STACK = names('SS_ONSTACK=1 SS_DISABLE SS_AUTODISARM=0x80000000')

/** The stack of signal handlers. */
export const stack = struct({ ss_sp: pointer, ss_flags: flags(u32, STACK, 'SS_???'), ss_size: ulong })
