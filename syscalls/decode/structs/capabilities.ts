/** Capabilities of processes. */
import { familyOf } from '../values/constants.ts'
import type { Memory } from './memory.ts'
import { choice, names } from './named.ts'
import { i32, u32 } from './scalars.ts'
import { struct } from './struct.ts'
import type { Type } from './type.ts'

const VERSIONS = names('1=0x19980330 2=0x20071026 3=0x20080522', '_LINUX_CAPABILITY_VERSION_')
/** Bytes of the low halves of all three, and of the high ones. */
const HALF = 12
const SETS = ['effective', 'permitted', 'inheritable']

export const capHeader = struct({ version: choice(u32, VERSIONS, '_LINUX_CAPABILITY_VERSION_???'), pid: i32 })

/** Version 3: the low halves of the three sets, then the high halves. */
export const capData: Type = {
  size: () => 2 * HALF,
  align: () => 4,
  print(memory, at) {
    const texts = SETS.map((name, i) => {
      const low = memory.integer(at + i * 4, 4, false)
      const high = memory.integer(at + HALF + i * 4, 4, false)
      return `${name}=${setText(memory, (high << 32n) | low)}`
    })
    return `{${texts.join(', ')}}`
  },
}

/** `1<<CAP_CHOWN|1<<CAP_KILL`. */
function setText({ abi }: Memory, bits: bigint): string {
  const family = familyOf('capability', abi)
  const texts: string[] = []
  for (let bit = 0; bit < 64; bit++)
    if ((bits >> BigInt(bit)) & 1n) texts.push(`1<<${family.nameOf(bit) ?? bit}`)
  return texts.length === 0 ? '0' : texts.join('|')
}
