/** Requests about network interfaces, with the kernel's answers. */
import type { Kind } from '../kind.ts'
import { Memory } from './memory.ts'
import { choice, flags, names } from './named.ts'
import { addressOf, beforeAndAfter, memoryOf } from './pointers.ts'
import { i32, u16 } from './scalars.ts'
import { addressText, HARDWARE } from './socket-address.ts'
import { IOCTL_ROOM } from './terminal.ts'
import { chars, quoteChars } from './text.ts'
import type { Type } from './type.ts'

const NAME = 16
const SOCKADDR = 16
const HARDWARE_ADDRESS = 6
const LONGEST_ADDRESS = 14

const FLAGS = names(
  `UP=1 BROADCAST=2 DEBUG=4 LOOPBACK=8 POINTOPOINT=0x10 NOTRAILERS=0x20 RUNNING=0x40 NOARP=0x80 PROMISC=0x100 ALLMULTI=0x200
  MASTER=0x400 SLAVE=0x800 MULTICAST=0x1000 PORTSEL=0x2000 AUTOMEDIA=0x4000 DYNAMIC=0x8000`,
  'IFF_',
)

const LOOPBACK = 772n
const hardware = choice(u16, HARDWARE, 'ARPHRD_???')

const socketAddress: Type = {
  size: () => SOCKADDR,
  align: () => 2,
  print: (memory, at) => addressText(new Memory(memory.abi, memory.slice(at, SOCKADDR)))!,
}

/** The kind of hardware in place of a family; of Ethernet and what is like it six bytes, else all. */
const hardwareAddress: Type = {
  size: () => SOCKADDR,
  align: () => 2,
  print(memory, at) {
    const family = memory.integer(at, 2, false)
    const isEthernet = family === 1n || family === LOOPBACK
    const bytes = memory.slice(at + 2, isEthernet ? HARDWARE_ADDRESS : LONGEST_ADDRESS)
    const data = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(':')
    return `{sa_family=${hardware.print(memory, at, () => 0n)}, sa_data=${data}}`
  },
}
/** Types of a request's value. */
const VALUES: Readonly<Record<string, Type>> = {
  flags: flags(u16, FLAGS, 'IFF_???'),
  addr: socketAddress,
  dstaddr: socketAddress,
  broadaddr: socketAddress,
  netmask: socketAddress,
  hwaddr: hardwareAddress,
  metric: i32,
  mtu: i32,
  ifindex: i32,
  qlen: i32,
  newname: chars(NAME),
}

/** `{ifr_name="lo", ifr_mtu=1500}`; `value` is one of the words above. Before an answer there is the name alone. */
export function interfaceRequest(value: string, when: 'entry' | 'success'): Kind {
  const type = VALUES[value]
  if (type === undefined) throw new Error(`${value}: must be the value of a request to an interface`)
  return {
    copies: () => beforeAndAfter(IOCTL_ROOM).slice(0, when === 'entry' ? 1 : 2),
    print(argument) {
      const given = memoryOf(argument, 0)
      const filled = when === 'entry' ? given : memoryOf(argument, 1)
      const memory = filled ?? given
      if (memory === undefined || memory.length < NAME + SOCKADDR) return addressOf(argument)
      const name = `ifr_name=${quoteChars(memory.slice(0, NAME))}`
      return filled === undefined
        ? `{${name}}`
        : `{${name}, ifr_${value}=${type.print(memory, NAME, () => 0n)}}`
    },
  }
}
