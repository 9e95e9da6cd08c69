/** Protocols and options of sockets. An argument before them decides which names they have. */
import type { Argument, Kind } from '../kind.ts'
import { familyOf } from './constants.ts'
import { toIndex } from './parameters.ts'

const AF_INET = 2
const AF_INET6 = 10
const AF_NETLINK = 16
const AF_PACKET = 17
const PROTOCOLS = new Map([
  [AF_INET, 'ip_protocol'],
  [AF_INET6, 'ip_protocol'],
  [AF_NETLINK, 'netlink_protocol'],
])
/** Families of options by level (SOL_*). */
const OPTIONS = new Map([
  [0, 'ip_option'],
  [1, 'so_option'],
  [6, 'tcp_option'],
  [17, 'udp_option'],
  [40, 'vsock_option'],
  [41, 'ipv6_option'],
  [58, 'raw6_option'],
  [132, 'sctp_option'],
  [255, 'icmp_option'],
  [263, 'packet_option'],
  [270, 'netlink_option'],
  [282, 'tls_option'],
  [283, 'xdp_option'],
])

function printProtocol(argument: Argument, family: number): string {
  const { abi, uint } = argument
  const names = PROTOCOLS.get(family)
  if (names !== undefined) return familyOf(names, abi).print(uint)
  if (family !== AF_PACKET) return `${uint}`
  const protocol = ((uint & 0xff) << 8) | ((uint >>> 8) & 0xff)
  return `htons(${familyOf('ether_protocol', abi).print(protocol)})`
}

/** `IPPROTO_TCP`, `NETLINK_ROUTE`, `htons(ETH_P_ALL)`; `family` is the argument with AF_*. */
function protocol([family]: readonly string[]): Kind {
  const index = toIndex(family)
  return { print: argument => printProtocol(argument, argument.other(index).uint) }
}

/** `SO_REUSEADDR`, `TCP_NODELAY`; `level` is the argument with SOL_*. */
function option([level]: readonly string[]): Kind {
  const index = toIndex(level)
  return {
    print(argument) {
      const names = OPTIONS.get(argument.other(index).uint)
      return names === undefined ? `${argument.int}` : familyOf(names, argument.abi).print(argument.uint)
    },
  }
}

export const socketKinds = { socket_protocol: protocol, socket_option: option }
