/** Addresses of sockets, by family. */

import type { Argument, Copy, Kind } from '../kind.ts'
import { familyOf } from '../values/constants.ts'
import { quoteBytes } from '../values/text.ts'
import { inet6Address, inetAddress, interfaceIndex } from './internet.ts'
import { Memory } from './memory.ts'
import { choice, family, flags, names } from './named.ts'
import { addressOf, memoryOf } from './pointers.ts'
import { printed, swap16, u8, u16, u32 } from './scalars.ts'
import { padding, struct } from './struct.ts'
import type { Scalar, Type } from './type.ts'

/** `sizeof(struct sockaddr_storage)`: the kernel takes no longer address. */
export const LONGEST = 128
const UNIX = 1
const BLUETOOTH = 31

const sa_family = family(u16, 'address_family')
const htons = printed(u16, value => `htons(${swap16(value)})`)
const etherProtocol: Scalar = {
  ...u16,
  print: (memory, at) =>
    `htons(${familyOf('ether_protocol', memory.abi).print(Number(swap16(u16.read(memory, at))))})`,
}
const htonl = printed(
  u32,
  value => `htonl(${Buffer.from(value.toString(16).padStart(8, '0'), 'hex').readUInt32LE()})`,
)

const inet = struct({ sa_family, sin_port: htons, sin_addr: inetAddress, _: padding(8) })
const inet6Fields = { sa_family, sin6_port: htons, sin6_flowinfo: htonl, _: inet6Address('sin6_addr') }
const inet6Old = struct(inet6Fields)
const inet6 = struct({ ...inet6Fields, sin6_scope_id: interfaceIndex })

const netlink = struct({
  sa_family,
  _0: u16,
  nl_pid: u32,
  nl_groups: printed(u32, value => (value === 0n ? '00000000' : `0x${value.toString(16).padStart(6, '0')}`)),
})

export const HARDWARE = names(
  `NETROM=0 ETHER=1 EETHER=2 AX25=3 IEEE802=6 ARCNET=7 ATM=19 INFINIBAND=32 PPP=512 TUNNEL=768 TUNNEL6=769
  LOOPBACK=772 SIT=776 IPGRE=778 IEEE80211=801 NETLINK=824 IP6GRE=823 NONE=0xfffe VOID=0xffff`,
  'ARPHRD_',
)
const PACKET_TYPES = names('HOST BROADCAST MULTICAST OTHERHOST OUTGOING LOOPBACK USER KERNEL', 'PACKET_')

/** `[0x1, 0x2]`, as many as the field `length` says. */
function hardwareAddress(length: string, room: number): Type {
  return {
    size: () => room,
    align: () => 1,
    print(memory, at, get) {
      const bytes = memory.slice(at, Math.min(room, Number(get(length))))
      return `[${Array.from(bytes, byte => `0x${byte.toString(16)}`).join(', ')}]`
    },
  }
}

const packet = struct({
  sa_family,
  sll_protocol: etherProtocol,
  sll_ifindex: interfaceIndex,
  sll_hatype: choice(u16, HARDWARE, 'ARPHRD_???'),
  sll_pkttype: choice(u8, PACKET_TYPES, 'PACKET_???'),
  sll_halen: u8,
  sll_addr: hardwareAddress('sll_halen', 8),
})

const CIDS = names('ANY=0xffffffff HYPERVISOR=0 LOCAL=1 HOST=2', 'VMADDR_CID_')
const hexOr = (table: ReturnType<typeof names>) => {
  const byValue = new Map(table.map(([name, value]) => [BigInt(value), name]))
  return (value: bigint) => byValue.get(value) ?? (value === 0n ? '0' : `0x${value.toString(16)}`)
}
const vsock = struct(
  {
    sa_family,
    _0: u16,
    svm_port: printed(u32, hexOr(names('VMADDR_PORT_ANY=0xffffffff'))),
    svm_cid: printed(u32, hexOr(CIDS)),
    svm_flags: flags(u8, names('VMADDR_FLAG_TO_HOST=1'), 'VMADDR_FLAG_???'),
    _1: padding(3),
  },
  { order: 'sa_family svm_cid svm_port' },
)

const xdp = struct({
  sa_family,
  sxdp_flags: flags(u16, names('SHARED_UMEM=1 COPY=2 ZEROCOPY=4 USE_NEED_WAKEUP=8', 'XDP_'), 'XDP_???'),
  sxdp_ifindex: interfaceIndex,
  sxdp_queue_id: u32,
  sxdp_shared_umem_fd: u32,
})

/** `01:02:03:04:05:06`. */
const bluetoothAddress: Type = {
  size: () => 6,
  align: () => 1,
  print: (memory, at) => macText(memory.slice(at, 6)),
}

/** The same, as long as the field `length` says. */
export function macAddress(length: string, room: number): Type {
  return {
    size: () => room,
    align: () => 1,
    print: (memory, at, get) => macText(memory.slice(at, Math.min(room, Number(get(length))))),
  }
}

const PSM = names(
  'SDP=1 RFCOMM=3 TCSBIN=5 TCSCTP=7 BNEP=0xf HIDC=0x11 HIDI=0x13 UPNP=0x15 AVCTP=0x17 AVDTP=0x19',
  'L2CAP_PSM_',
)
const CHANNELS = names(
  'SIGNALING=1 CONN_LESS=2 A2MP=3 ATT=4 LE_SIGNALING=5 SMP=6 SMP_BREDR=7 DYN_START=0x40',
  'L2CAP_CID_',
)
const ADDRESS_TYPES = names('BDADDR_BREDR BDADDR_LE_PUBLIC BDADDR_LE_RANDOM')
const htobs = (table: ReturnType<typeof names>) => {
  const text = hexOr(table)
  return printed(u16, value => `htobs(${text(value)})`)
}
const hci = struct({ sa_family, hci_dev: u16, hci_channel: u16 })
const sco = struct({ sa_family, sco_bdaddr: bluetoothAddress })
const rfcomm = struct({ sa_family, rc_bdaddr: bluetoothAddress, rc_channel: u8 })
const l2capFields = { sa_family, l2_psm: htobs(PSM), l2_bdaddr: bluetoothAddress, l2_cid: htobs(CHANNELS) }
const l2capOld = struct(l2capFields)
const l2cap = struct({ ...l2capFields, l2_bdaddr_type: choice(u8, ADDRESS_TYPES, 'BDADDR_???') })

/** Forms by family, longest first; an address has the first form for which it is long enough. */
const FORMS: Readonly<Record<number, readonly Type[]>> = {
  2: [inet],
  10: [inet6, inet6Old],
  16: [netlink],
  17: [packet],
  40: [vsock],
  44: [xdp],
}
/** Forms of Bluetooth addresses, told apart by their length alone. */
const BLUETOOTH_FORMS = new Map([
  [6, hci],
  [8, sco],
  [10, rfcomm],
  [12, l2capOld],
  [14, l2cap],
])

/** `01:02:03:04:05:06`, of any length. */
function macText(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(':')
}

/** An address, of which the whole memory is one; undefined where not even the family fits. */
export function addressText(memory: Memory): string | undefined {
  if (memory.length < 2) return undefined
  const number = Number(memory.integer(0, 2, false))
  if (number === UNIX) return unixText(memory)
  const form =
    number === BLUETOOTH
      ? BLUETOOTH_FORMS.get(memory.length)
      : FORMS[number]?.find(type => type.size(memory.sizes) <= memory.length)
  return form?.print(memory, 0, () => 0n) ?? bareText(memory)
}

/** A path up to its NUL, or a name behind an `@`, with all of its NULs. */
function unixText(memory: Memory): string {
  const path = memory.slice(2, memory.length - 2)
  if (path.length === 0) return '{sa_family=AF_UNIX}'
  if (path[0] === 0) return `{sa_family=AF_UNIX, sun_path=@${quoteBytes(path.subarray(1))}}`
  const end = path.indexOf(0)
  return `{sa_family=AF_UNIX, sun_path=${quoteBytes(end < 0 ? path : path.subarray(0, end))}}`
}

function bareText(memory: Memory): string {
  const name = sa_family.print(memory, 0, () => 0n)
  const data = memory.slice(2, memory.length - 2)
  return data.length === 0 ? `{sa_family=${name}}` : `{sa_family=${name}, sa_data=${quoteBytes(data)}}`
}

/** An address that the caller passes; argument `length` is its length. */
export function givenAddress(length: number): Kind {
  return addressAt({ how: 'array', when: 'entry', count: length, size: 1 })
}

/** An address that the kernel fills; argument `length` points at its length. */
export function filledAddress(length: number): Kind {
  return addressAt({ how: 'pointed', when: 'success', count: length })
}

function addressAt(copy: Copy): Kind {
  return { copies: () => [copy], print: argument => text(argument) ?? addressOf(argument) }
}

function text(argument: Argument): string | undefined {
  const memory = memoryOf(argument)
  return memory && addressText(new Memory(argument.abi, memory.slice(0, LONGEST)))
}
