/** Births, deaths and new names of cgroups, as they come through the rings. */
import * as layout from '../../native/generated/layout.ts'
import { type CgroupKey, cgroupKey } from './cgroup-key.ts'
import type { Naming } from './places.ts'

/** Receives the births, deaths and renamings of cgroups. The name is empty if the kernel withholds it. */
export interface CgroupEvents {
  birth(key: CgroupKey, naming: Naming): void
  rename(key: CgroupKey, naming: Naming): void
  death(key: CgroupKey): void
}

/** Bytes of the record of a cgroup with this type; undefined: it is another type. */
export function cgroupRecordBytes(type: number): number | undefined {
  if (type === layout.RECORD_CGROUP_DEATH) return layout.recordCgroupDeathLayout.size
  const isNaming = type === layout.RECORD_CGROUP_BIRTH || type === layout.RECORD_CGROUP_RENAME
  return isNaming ? layout.recordCgroupLayout.size : undefined
}

/** Passes on the record at index `at` of `words`, if it is a birth or a death. */
export function readBirthOrDeath(words: Uint32Array, at: number, events: CgroupEvents): void {
  const type = words[at]!
  if (type === layout.RECORD_CGROUP_DEATH) events.death(readKey(words, at + DEATH))
  else if (type === layout.RECORD_CGROUP_BIRTH)
    events.birth(readKey(words, at + CGROUP), readNaming(words, at))
}

/** Passes on the record at index `at` of `words`, if it is a new name. */
export function readRename(words: Uint32Array, at: number, events: CgroupEvents): void {
  if (words[at] === layout.RECORD_CGROUP_RENAME)
    events.rename(readKey(words, at + CGROUP), readNaming(words, at))
}

const DEATH = layout.recordCgroupDeathLayout.cgroup / 4
const CGROUP = layout.recordCgroupLayout.cgroup / 4

function readKey(words: Uint32Array, at: number): CgroupKey {
  return cgroupKey(words[at]!, words[at + 1]!)
}

function readNaming(words: Uint32Array, at: number): Naming {
  const start = words.byteOffset + at * 4 + layout.recordCgroupLayout.name
  const name = Buffer.from(words.buffer as ArrayBuffer, start, layout.NAME_MAX)
  return {
    parent: readKey(words, at + layout.recordCgroupLayout.parent / 4),
    name: name.toString('latin1', 0, name.indexOf(0)),
    makerUid: words[at + layout.recordCgroupLayout.uid / 4]!,
  }
}
