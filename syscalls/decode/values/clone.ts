/** Arguments of clone, which only its flags give a meaning. */
import type { Argument, Kind } from '../kind.ts'
import { familyOf } from './constants.ts'
import { printPointer, upperHalf } from './integers.ts'
import { withoutRemark } from './mixed.ts'
import { signalName } from './signal.ts'

const SIGNAL_MASK = 0xff
const CLONE_PIDFD = 0x1000
const CLONE_SETTLS = 0x80000
const CLONE_PARENT_SETTID = 0x100000
const CLONE_CHILD_CLEARTID = 0x200000
const CLONE_CHILD_SETTID = 0x1000000

/** `CLONE_VM|CLONE_VFORK|SIGCHLD`: the lowest byte is the signal at the end. */
const flags: Kind = {
  print(argument) {
    const { abi, uint } = argument
    const signal = uint & SIGNAL_MASK
    const low = (uint & ~SIGNAL_MASK) >>> 0
    const high = upperHalf(argument)
    if (low === 0 && high === 0) return signal === 0 ? '0' : signalName(signal)
    const text = familyOf('clone_bits', abi).print(low, high)
    return signal === 0 ? text : `${withoutRemark(text)}|${signalName(signal)}`
  },
}

const usedWith = (mask: number, print: (argument: Argument) => string): Kind => ({
  print: argument => ((argument.other(0).uint & mask) === 0 ? '' : print(argument)),
})

/** The place where the kernel stored the thread's id, or a descriptor of the thread. */
function parentTid(toKind: (word: string) => Kind): Kind {
  const pointed = toKind('out_int_pointed')
  return {
    ...pointed,
    ...usedWith(CLONE_PARENT_SETTID | CLONE_PIDFD, argument => pointed.print(argument)),
  }
}

export const cloneKinds = {
  clone_flags: () => flags,
  clone_parent_tid: (_: readonly string[], toKind: (word: string) => Kind) => parentTid(toKind),
  clone_child_tid: () => usedWith(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, printPointer),
  clone_tls: () => usedWith(CLONE_SETTLS, printPointer),
}
