/** Ring records of cgroups that come and go, as bpf/cgroups.bpf.h sends them. */

import { toV1Key } from '../../../../kernel/cgroups/cgroup-key.ts'
import type { Naming } from '../../../../kernel/cgroups/places.ts'
import * as layout from '../../../../native/generated/layout.ts'

/** The root of a hierarchy that the tests put nobody into. */
const ROOT = toV1Key(1n)

/** The bytes of text, as `kernel/cgroups/` keeps paths. */
export function toRaw(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** How the kernel says where a cgroup is, were it possible to make a whole path at once below the root; '': it withholds it. */
export function namingAt(path: string, makerUid = 0): Naming {
  return { parent: ROOT, name: toRaw(path.slice(1)), makerUid }
}

/** A cgroup was made. */
export function birth(id: bigint, path = ''): Uint32Array {
  return encode(layout.RECORD_CGROUP_BIRTH, id, namingAt(path))
}

/** A cgroup got another name. */
export function renaming(id: bigint, path: string): Uint32Array {
  return encode(layout.RECORD_CGROUP_RENAME, id, namingAt(path))
}

/** A cgroup was removed. */
export function death(id: bigint): Uint32Array {
  const bytes = new DataView(new ArrayBuffer(layout.recordCgroupDeathLayout.size))
  bytes.setUint32(layout.recordHeaderLayout.type, layout.RECORD_CGROUP_DEATH, true)
  bytes.setBigUint64(layout.recordCgroupDeathLayout.cgroup, id, true)
  return new Uint32Array(bytes.buffer)
}

function encode(type: number, id: bigint, { parent, name, makerUid }: Naming): Uint32Array {
  const at = layout.recordCgroupLayout
  const bytes = Buffer.from(new ArrayBuffer(at.size))
  bytes.writeUInt32LE(type, layout.recordHeaderLayout.type)
  bytes.writeBigUInt64LE(id, at.cgroup)
  bytes.writeBigUInt64LE(BigInt(parent), at.parent)
  bytes.writeUInt32LE(makerUid, at.uid)
  bytes.write(name, at.name, layout.NAME_MAX - 1, 'latin1')
  return new Uint32Array(bytes.buffer, bytes.byteOffset, at.size / 4)
}
