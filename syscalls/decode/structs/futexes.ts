/** Futexes that `futex_waitv` waits for. */
import { flagsText, names } from './named.ts'
import { pointer64, printed, u32, x32, x64 } from './scalars.ts'
import { struct, when } from './struct.ts'

const FLAGS = names('NUMA=4 PRIVATE_FLAG=0x80', 'FUTEX_')
const SIZES = ['FUTEX_8', 'FUTEX_16', 'FUTEX_32', 'FUTEX_64']

function waitFlags(value: bigint): string {
  const size = Number(value & 3n)
  const rest = value & ~3n
  const named = SIZES[size]!
  return rest === 0n ? named : `${named}|${flagsText(FLAGS, '')(rest).replace(/ .*/, '')}`
}

/** One of several futexes that `futex_waitv` waits for. */
export const futexWait = struct({
  val: x64,
  uaddr: pointer64,
  flags: printed(u32, waitFlags),
  __reserved: when(x32, get => get('__reserved') !== 0n),
})
