/** Modes of files and numbers of devices. */
import { printDevice, printMode } from '../values/devices.ts'
import { printed, u16, u32, u64 } from './scalars.ts'
import type { Scalar } from './type.ts'

function modeOf(type: Scalar): Scalar {
  return { ...type, print: (memory, at) => printMode(Number(type.read(memory, at)), memory.abi) }
}

export const mode16 = modeOf(u16)
export const mode32 = modeOf(u32)

export const device16 = printed(u16, printDevice)
export const device32 = printed(u32, printDevice)
export const device64 = printed(u64, printDevice)
