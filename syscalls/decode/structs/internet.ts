/** Internet addresses and names of interfaces as texts. */
import { printed, u32 } from './scalars.ts'
import type { Type } from './type.ts'

/** `127.0.0.1`. */
export function ipv4(bytes: Uint8Array): string {
  return bytes.join('.')
}

/** Prints `2001:db8::1`: without the longest run of zeros (RFC 5952, 4.2); an embedded IPv4 address is printed as such. */
export function ipv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[i * 2]! << 8) | bytes[i * 2 + 1]!)
  const run = longestRun(groups)
  const hasIpv4 = run.start === 0 && (run.length === 6 || (run.length === 5 && groups[5] === 0xffff))
  const texts = groups.slice(0, hasIpv4 ? 6 : 8).map(group => group.toString(16))
  if (hasIpv4) texts.push(ipv4(bytes.subarray(12)))
  if (run.length < 2) return texts.join(':')
  return `${texts.slice(0, run.start).join(':')}::${texts.slice(run.start + run.length).join(':')}`
}

function longestRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === 0) end++
    if (end - start > best.length) best = { start, length: end - start }
  }
  return best
}

/** `inet_addr("127.0.0.1")`. */
export const inetAddress: Type = {
  size: () => 4,
  align: () => 4,
  print: (memory, at) => `inet_addr("${ipv4(memory.slice(at, 4))}")`,
}

/** `inet_pton(AF_INET6, "::1", &sin6_addr)`, which strace shows without the name of the field. */
export function inet6Address(variable: string): Type {
  return {
    size: () => 16,
    align: () => 4,
    isInline: true,
    print: (memory, at) => `inet_pton(AF_INET6, "${ipv6(memory.slice(at, 16))}", &${variable})`,
  }
}

/** A number of an interface. Only the first has the same name in every network namespace. */
export const interfaceIndex = printed(u32, value => (value === 1n ? 'if_nametoindex("lo")' : String(value)))
