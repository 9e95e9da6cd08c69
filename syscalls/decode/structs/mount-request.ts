/** The mount about which `statmount` and `listmount` are asked. */
import { u32, x64 } from './scalars.ts'
import { struct } from './struct.ts'

export const mountRequest = struct({ size: u32, _: u32, mnt_id: x64, param: x64 })
