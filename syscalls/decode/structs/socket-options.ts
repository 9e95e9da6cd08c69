/** Values of socket options, by level and option. */
import type { Argument, Kind } from '../kind.ts'
import { quoteBytes, quoteHex } from '../values/text.ts'
import { ucred } from './control-messages.ts'
import { inet6Address, inetAddress, interfaceIndex } from './internet.ts'
import type { Memory } from './memory.ts'
import { choice, names } from './named.ts'
import { program } from './openings.ts'
import { addressOf, memoryOf } from './pointers.ts'
import { i32, u16 } from './scalars.ts'
import { macAddress } from './socket-address.ts'
import { element, struct } from './struct.ts'
import type { Type } from './type.ts'

const [SOL_IP, SOL_SOCKET, SOL_IPV6, SOL_PACKET, SOL_NETLINK] = [0, 1, 41, 263, 270]
const PEERCRED = 17
const WORD = 4
/** Most characters of a string that strace shows. */
const TEXT_LIMIT = 32

const none = () => 0n
const number = element(i32)
/** Options of sockets that are one integer, however long the value is. */
const NUMBERS = new Set([
  1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18, 19, 27, 29, 30, 32, 33, 34, 35, 36, 37, 40, 41, 42, 43, 44,
  45, 46, 49, 53, 56, 60, 63, 64, 65, 68, 69, 70, 73, 75,
])
/** SO_TYPE, SO_ERROR, SO_PROTOCOL, SO_DOMAIN, SO_BPF_EXTENSIONS. */
const READ_ONLY_NUMBERS = new Set([3, 4, 38, 39, 48])
const linger = struct({ l_onoff: i32, l_linger: i32 })
const membership = struct({ imr_multiaddr: inetAddress, imr_interface: inetAddress })
const membership6 = struct({ _: inet6Address('ipv6mr_multiaddr'), ipv6mr_interface: interfaceIndex })
const packetMembership = struct({
  mr_ifindex: interfaceIndex,
  mr_type: choice(u16, names('MULTICAST PROMISC ALLMULTI UNICAST', 'PACKET_MR_'), 'PACKET_MR_???'),
  mr_alen: u16,
  mr_address: macAddress('mr_alen', 8),
})

const TYPES: Readonly<Record<number, Readonly<Record<number, Type>>>> = {
  [SOL_SOCKET]: { 13: linger, 17: ucred, 26: program, 51: program },
  [SOL_IP]: { 35: membership, 36: membership },
  [SOL_IPV6]: { 20: membership6, 21: membership6, 27: membership6, 28: membership6 },
  [SOL_PACKET]: { 1: packetMembership, 2: packetMembership },
}

/** The value that `setsockopt` passes; argument `length` is its length. */
export function givenOption(length: number): Kind {
  return {
    copies: () => [{ how: 'array', when: 'entry', count: length, size: 1 }],
    print(argument) {
      const memory = read(argument)
      return memory === undefined ? addressOf(argument) : (givenText(argument, memory) ?? addressOf(argument))
    },
  }
}

/** The value that `getsockopt` fills; argument `length` points at its length. */
export function filledOption(length: number): Kind {
  return {
    copies: () => [{ how: 'pointed', when: 'success', count: length }],
    print(argument) {
      const memory = read(argument)
      return memory === undefined ? addressOf(argument) : filledText(argument, memory)
    },
  }
}

function read(argument: Argument): Memory | undefined {
  return argument.isNull ? undefined : memoryOf(argument)
}

/** Undefined: shorter than the option must be. */
function givenText(argument: Argument, memory: Memory): string | undefined {
  const [level, option] = [argument.other(1).uint, argument.other(2).uint]
  const isNumber = level === SOL_NETLINK || (level === SOL_SOCKET && NUMBERS.has(option))
  const type = isNumber ? number : TYPES[level]?.[option]
  const isUnset = level === SOL_SOCKET && option === PEERCRED
  if (type === undefined || isUnset)
    return memory.length === WORD ? number.print(memory, 0, none) : text(memory)
  return memory.length < type.size(memory.sizes) ? undefined : type.print(memory, 0, none)
}

function filledText(argument: Argument, memory: Memory): string {
  const [level, option] = [argument.other(1).uint, argument.other(2).uint]
  const type = TYPES[level]?.[option]
  if (type !== undefined && memory.length >= type.size(memory.sizes)) return type.print(memory, 0, none)
  if (memory.length === WORD) return number.print(memory, 0, none)
  const isNumber = level === SOL_SOCKET && (NUMBERS.has(option) || READ_ONLY_NUMBERS.has(option))
  return isNumber && memory.length < WORD ? quoteHex(memory.bytes) : text(memory)
}

function text(memory: Memory): string {
  const isLong = memory.length > TEXT_LIMIT
  return quoteBytes(memory.slice(0, TEXT_LIMIT), isLong)
}
