/** Values of kernel enums, from the kernel's own type information (BTF, Documentation/bpf/btf.rst). */

const MAGIC = 0xeb9f
const KIND_ENUM = 6

/** Bytes that follow the 12 of a type, by kind: fixed, and per member (`vlen`). Index is the kind. */
const EXTRA: readonly (readonly [fixed: number, perMember: number] | undefined)[] = [
  undefined, // void has no entry
  [4, 0], // int
  [0, 0], // pointer
  [12, 0], // array
  [0, 12], // struct
  [0, 12], // union
  [0, 8], // enum
  [0, 0], // forward declaration
  [0, 0], // typedef
  [0, 0], // volatile
  [0, 0], // const
  [0, 0], // restrict
  [0, 0], // function
  [0, 8], // function prototype
  [4, 0], // variable
  [0, 12], // data section
  [0, 0], // float
  [4, 0], // declaration tag
  [0, 0], // type tag
  [0, 12], // enum of 64 bits
]

/**
 * Value of `member` in the first 32-bit enum named `name` that has it, or undefined. `btf` is /sys/kernel/btf/vmlinux.
 * Throws a RangeError or TypeError on what is not BTF, or has kinds unknown here before the enum.
 */
export function readEnumValue(btf: Uint8Array, name: string, member: string): number | undefined {
  const view = new DataView(btf.buffer, btf.byteOffset, btf.byteLength)
  if (view.getUint16(0, true) !== MAGIC) throw new TypeError('BTF: must start with 0xeb9f')
  const header = view.getUint32(4, true)
  const types = header + view.getUint32(8, true)
  const end = types + view.getUint32(12, true)
  const strings = header + view.getUint32(16, true)
  const is = (offset: number, text: string): boolean => hasString(btf, strings + offset, text)

  for (let at = types; at < end; ) {
    const info = view.getUint32(at + 4, true)
    const members = info & 0xffff
    const kind = (info >>> 24) & 0x1f
    const extra = EXTRA[kind]
    if (extra === undefined) throw new TypeError(`BTF: kind must be below ${EXTRA.length}, got ${kind}`)
    if (kind === KIND_ENUM && is(view.getUint32(at, true), name)) {
      for (let m = at + 12; m < at + 12 + members * 8; m += 8) {
        if (is(view.getUint32(m, true), member)) return view.getInt32(m + 4, true)
      }
    }
    at += 12 + extra[0] + members * extra[1]
  }
  return undefined
}

function hasString(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false
  return bytes[at + text.length] === 0
}
