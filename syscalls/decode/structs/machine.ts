/** Names and state of the machine. */
import { long, u16, u32, ulong } from './scalars.ts'
import { array, struct } from './struct.ts'
import { chars } from './text.ts'

function utsnameOf(length: number, names: string) {
  return struct(Object.fromEntries(names.split(' ').map(name => [name, chars(length)])))
}
const FIVE = 'sysname nodename release version machine'

export const utsname = utsnameOf(65, `${FIVE} domainname`)
/** The oldest form: no domain, short names. */
export const oldUtsname = utsnameOf(65, FIVE)
export const oldestUtsname = utsnameOf(9, FIVE)

export const sysinfo = struct({
  uptime: long,
  loads: array(ulong, 3),
  totalram: ulong,
  freeram: ulong,
  sharedram: ulong,
  bufferram: ulong,
  totalswap: ulong,
  freeswap: ulong,
  procs: u16,
  _0: u16,
  totalhigh: ulong,
  freehigh: ulong,
  mem_unit: u32,
})
