/** A socket by its addresses, or by its inode where it has none. */
import { socketLayout as layout } from '../../../native/generated/trace-layout.ts'
import { ipv4, ipv6 } from '../structs/internet.ts'
import { familyOf } from '../values/constants.ts'
import { escapeBytes, quoteBytes } from '../values/text.ts'

/** linux/socket.h */
const UNIX = 1
const INTERNET = 2
const INTERNET_6 = 10
const NETLINK = 16

/** `TCP:[10.0.0.1:80->10.0.0.9:4711]`; `bytes`: a struct swoll_socket and, of unix sockets, the name. */
export function socketText(bytes: Uint8Array, inode: bigint): string {
  if (bytes.length < layout.size) return `socket:[${inode}]`
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return `${protocolOf(bytes)}:[${detailsOf(bytes, view, inode)}]`
}

function detailsOf(bytes: Uint8Array, view: DataView, inode: bigint): string {
  switch (view.getUint16(layout.family, true)) {
    case UNIX:
      return unixText(bytes.subarray(layout.size), view.getBigUint64(layout.peer, true), inode)
    case INTERNET:
      return endsText(bytes, view, 4, ipv4) ?? `${inode}`
    case INTERNET_6:
      return endsText(bytes, view, 16, address => `[${ipv6(address)}]`) ?? `${inode}`
    case NETLINK:
      return netlinkText(view)
    default:
      return `${inode}`
  }
}

/** The protocol as the kernel calls it; it is not among the constants of programs. */
function protocolOf(bytes: Uint8Array): string {
  const name = bytes.subarray(layout.protocol, layout.protocol + 16)
  const end = name.indexOf(0)
  return escapeBytes(name, 0, end < 0 ? name.length : end) || 'socket'
}

/** Both ends, or the own one; undefined: it is not bound, or not any more. */
function endsText(
  bytes: Uint8Array,
  view: DataView,
  length: number,
  print: (address: Uint8Array) => string,
): string | undefined {
  const [localPort, remotePort] = [
    view.getUint16(layout.localPort, true),
    view.getUint16(layout.remotePort, true),
  ]
  if (localPort === 0) return undefined
  const end = (at: number, port: number) => `${print(bytes.subarray(at, at + length))}:${port}`
  const local = end(layout.localAddress, localPort)
  return remotePort === 0 ? local : `${local}->${end(layout.remoteAddress, remotePort)}`
}

/** `81->82,"/run/a.sock"`; names that are no paths begin with `@`. */
function unixText(name: Uint8Array, peer: bigint, inode: bigint): string {
  const ends = peer === 0n ? `${inode}` : `${inode}->${peer}`
  if (name.length === 0) return ends
  if (name[0] === 0) return `${ends},@${quoteBytes(name.subarray(1), false)}`
  const nul = name.indexOf(0)
  return `${ends},${quoteBytes(nul < 0 ? name : name.subarray(0, nul), false)}`
}

/** `ROUTE:4711`: which part of the kernel, and the own port. */
function netlinkText(view: DataView): string {
  const protocol = familyOf('netlink_protocol', 'x86_64').print(view.getUint16(layout.netlinkProtocol, true))
  return `${protocol.replace(/^NETLINK_/, '')}:${view.getUint32(layout.netlinkPort, true)}`
}
