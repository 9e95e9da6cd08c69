/** The BPF objects as files, and what all of them are told. */
import { BpfObject } from '../../../native/index.ts'
import { programFile } from '../../../native/program-files.ts'
import { SwollError } from '../../../pipeline/errors.ts'
import { toNumbers, toWord } from './settings.ts'

/** Which hierarchy names the containers: cgroup v2 (subsystem -1), or a v1 controller's. */
export interface Hierarchy {
  /** Index of the controller in the kernel's css_set::subsys, or -1 for v2. */
  readonly subsystem: number
  /** As in /proc/self/cgroup; 0 is v2. */
  readonly id: number
}

export interface CommonSettings {
  readonly hierarchy: Hierarchy
  readonly ringBytes: number
  readonly cpus: number
  readonly arch: string
}

/** Of a ring: full enough to wake the reader. */
const WAKEUP_SHARE = 1 / 8

/** Opens an object of bpf/build, such as `accounting`, and tells it what all are told. Throws NATIVE_BPF_OPEN_FAILED. */
export function openObject(name: string, common: CommonSettings): BpfObject {
  const object = new BpfObject(programFile(`bpf/build/${name}.bpf.o`))
  object.setMaxEntries('ring_by_cpu', common.cpus)
  object.setVariable('wakeup_bytes', toWord(common.ringBytes * WAKEUP_SHARE))
  object.setVariable('cgroup_subsys', toWord(common.hierarchy.subsystem))
  object.setVariable('cgroup_hierarchy', toWord(common.hierarchy.id))
  object.setVariable('numbers', toNumbers(common.arch))
  return object
}

/** Sizes on which both sides must agree: throws NATIVE_LAYOUT_MISMATCH unless the map's values have this one. */
export function checkLayout(object: BpfObject, map: string, valueSize: number): void {
  const found = object.mapInfo(map).valueSize
  if (found === valueSize) return
  throw new SwollError(
    'NATIVE_LAYOUT_MISMATCH',
    `BPF map ${map}: values must have ${valueSize} bytes, got ${found}; rebuild both sides with "npm run bpf"`,
  )
}
