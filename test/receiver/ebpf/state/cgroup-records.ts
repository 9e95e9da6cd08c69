/** Ring records of cgroups that come and go, as bpf/cgroups.bpf.h sends them. */
import * as layout from '../../../../native/generated/layout.ts'

const { recordCgroupLayout, recordHeaderLayout } = layout

/** A cgroup was made. A path that is too long is cut, as the kernel does. */
export function birth(id: bigint, path = ''): Uint32Array {
  return cgroupRecord(layout.RECORD_CGROUP_BIRTH, id, path)
}

/** A cgroup was removed. */
export function death(id: bigint): Uint32Array {
  return cgroupRecord(layout.RECORD_CGROUP_DEATH, id, '')
}

function cgroupRecord(type: number, id: bigint, path: string): Uint32Array {
  const bytes = new Uint8Array(recordCgroupLayout.size)
  const view = new DataView(bytes.buffer)
  view.setUint32(recordHeaderLayout.type, type, true)
  view.setBigUint64(recordCgroupLayout.cgroup, id, true)
  bytes.set(new TextEncoder().encode(path).subarray(0, layout.PATH_MAX - 1), recordCgroupLayout.path)
  return new Uint32Array(bytes.buffer)
}
