/** The capabilities of Linux that a component may say it uses, and the sets of them that the kernel shows. */

/** Bit of each, as linux/capability.h numbers them. */
const CAPABILITY_BITS = {
  CAP_DAC_READ_SEARCH: 2n,
  CAP_SYS_ADMIN: 21n,
  CAP_PERFMON: 38n,
  CAP_BPF: 39n,
} as const

export type Capability = keyof typeof CAPABILITY_BITS

/** One bit for each. */
export function toMask(capabilities: Iterable<Capability>): bigint {
  let mask = 0n
  for (const capability of capabilities) mask |= 1n << CAPABILITY_BITS[capability]
  return mask
}

/** The effective ones of a thread, from its `/proc/…/status`; none where the text does not say. */
export function readEffective(status: string): bigint {
  return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
}

export function holds(mask: bigint, capability: Capability): boolean {
  return (mask & (1n << CAPABILITY_BITS[capability])) !== 0n
}
