/** Control messages: what a message carries besides its data. */
import { familyOf } from '../values/constants.ts'
import { quoteBytes } from '../values/text.ts'
import { inetAddress, interfaceIndex } from './internet.ts'
import { Memory } from './memory.ts'
import { choiceText, names } from './named.ts'
import { address, hex, i32, u8, u32 } from './scalars.ts'
import { addressText } from './socket-address.ts'
import { array, struct } from './struct.ts'
import { timespec, timespec64, timeval, timeval64 } from './times.ts'
import type { Type } from './type.ts'

/** Text of data that is all of `memory`; undefined: not shown. */
type Data = (memory: Memory) => string | undefined

const SOCKADDR_IN = 16

export const ucred = struct({ pid: i32, uid: u32, gid: u32 })
const packetInfo = struct({ ipi_ifindex: interfaceIndex, ipi_spec_dst: inetAddress, ipi_addr: inetAddress })
const queuedError = struct({
  ee_errno: u32,
  ee_origin: u8,
  ee_type: u8,
  ee_code: u8,
  _: u8,
  ee_info: u32,
  ee_data: u32,
})

/** Prints a value of `type`; falls back to `short` if the data are too short. */
const whole =
  (type: Type, short?: string): Data =>
  memory =>
    memory.length < type.size(memory.sizes) ? short : type.print(memory, 0, () => 0n)

const integers: Data = memory => {
  const count = Math.floor(memory.length / 4)
  return count === 0 ? undefined : array(i32, count).print(memory, 0, () => 0n)
}
const bytes: Data = memory => `[${Array.from(memory.bytes, byte => hex(BigInt(byte))).join(', ')}]`
const addressed: Data = memory => (memory.length < SOCKADDR_IN ? undefined : addressText(memory))

/** An error from the network, and its sender. */
const error: Data = memory => {
  const size = queuedError.size(memory.sizes)
  if (memory.length < size + SOCKADDR_IN) return undefined
  const text = queuedError.print(memory, 0, () => 0n)
  const offender = addressText(new Memory(memory.abi, memory.slice(size, SOCKADDR_IN)))
  return `${text.slice(0, -1)}, offender=${offender}}`
}

const SOCKET: Readonly<Record<number, Data>> = {
  1: integers,
  2: whole(ucred),
  3: memory => quoteBytes(memory.bytes),
  29: whole(timeval, '???'),
  35: whole(timespec, '???'),
  37: whole(array(timespec, 3), '???'),
  63: whole(timeval64, '???'),
  64: whole(timespec64, '???'),
  65: whole(array(timespec64, 3), '???'),
}
const IP: Readonly<Record<number, Data>> = {
  1: bytes,
  2: integers,
  6: bytes,
  7: bytes,
  8: whole(packetInfo),
  11: error,
  20: addressed,
  23: integers,
}

/** Printers of control data by level, then by type. */
const CONTROL_DATA: Readonly<Record<number, Readonly<Record<number, Data>>>> = { 0: IP, 1: SOCKET }

const TYPES: Readonly<Record<number, (type: bigint) => string>> = {
  0: choiceText(
    names('TOS=1 TTL RECVOPTS=6 RETOPTS PKTINFO RECVERR=11 PASSSEC=18 ORIGDSTADDR=20 CHECKSUM=23', 'IP_'),
    'IP_???',
  ),
  1: choiceText(
    names(`
      SCM_RIGHTS=1 SCM_CREDENTIALS SCM_SECURITY SO_TIMESTAMP_OLD=29 SO_TIMESTAMPNS_OLD=35 SO_TIMESTAMPING_OLD=37
      SO_RXQ_OVFL=40 SO_WIFI_STATUS SO_TXTIME=61 SO_TIMESTAMP_NEW=63 SO_TIMESTAMPNS_NEW SO_TIMESTAMPING_NEW
    `),
    'SCM_???',
  ),
}

/** `[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3]}]`. `start`: where in the caller it lies. */
export function controlText(memory: Memory, start: bigint): string {
  const word = memory.sizes.pointer
  const header = word + 8
  const texts: string[] = []
  for (let at = 0; at + header <= memory.length; ) {
    const length = Number(memory.integer(at, word, false))
    texts.push(messageText(memory, at, length))
    if (length < header) {
      if (at + header < memory.length) texts.push(`... /* ${address(start + BigInt(at + header))} */`)
      break
    }
    at += Math.ceil(length / word) * word
  }
  return `[${texts.join(', ')}]`
}

function messageText(memory: Memory, at: number, length: number): string {
  const word = memory.sizes.pointer
  const header = word + 8
  const level = Number(memory.integer(at + word, 4, false))
  const type = memory.integer(at + word + 4, 4, false)
  const levelText = familyOf('socket_level', memory.abi).print(level).replace('SOL_??', 'SOL_???')
  const fields = [`cmsg_len=${length}`, `cmsg_level=${levelText}`, `cmsg_type=${(TYPES[level] ?? hex)(type)}`]
  const data = memory.slice(at + header, Math.min(length, memory.length - at) - header)
  const text =
    length > header ? CONTROL_DATA[level]?.[Number(type)]?.(new Memory(memory.abi, data)) : undefined
  if (text !== undefined) fields.push(`cmsg_data=${text}`)
  return `{${fields.join(', ')}}`
}
