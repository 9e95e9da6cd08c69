/** The BPF objects as files, and the settings that all of them are given. */
import { BpfObject } from '../native/bpf-object.ts'
import { programFile } from '../native/program-files.ts'
import type { Capability } from '../pipeline/capabilities.ts'
import { SwollError } from '../pipeline/errors.ts'
import { toBytes, toNumbers, toWord } from './settings.ts'

interface OneHierarchy {
  /** Index of the controller in the kernel's css_set::subsys, or -1 for v2. */
  readonly subsystem: number
  /** The number in /proc/self/cgroup; 0 is v2. */
  readonly id: number
}

/** Which hierarchy names the containers: cgroup v2 (subsystem -1), or a v1 controller's. */
export interface Hierarchy extends OneHierarchy {
  /** Beside v2: a v1 controller's, for containers that v2 does not know. */
  readonly v1?: OneHierarchy
}

/** Whether cgroups of this hierarchy may get another name: those of v1 may. */
export function hasV1({ subsystem, v1 }: Hierarchy): boolean {
  return subsystem >= 0 || v1 !== undefined
}

/** What all objects are given. */
export interface CommonSettings {
  readonly hierarchy: Hierarchy
  readonly ringBytes: number
  readonly cpus: number
  readonly arch: string
}

/** A ring that is full to this share wakes the reader. */
const WAKEUP_SHARE = 1 / 8

/** Opens an object of bpf/build, such as `accounting`, with the settings that all have. Throws NATIVE_BPF_OPEN_FAILED. */
export function openObject(name: string, common: CommonSettings): BpfObject {
  const object = new BpfObject(programFile(`bpf/build/${name}.bpf.o`))
  object.setMaxEntries('ring_by_cpu', common.cpus)
  object.setVariable('wakeup_bytes', toWord(common.ringBytes * WAKEUP_SHARE))
  object.setVariable('cgroup_subsys', toWord(common.hierarchy.subsystem))
  object.setVariable('cgroup_hierarchy', toWord(common.hierarchy.id))
  object.setVariable('v1_subsys', toWord(common.hierarchy.v1?.subsystem ?? -1))
  object.setVariable('v1_hierarchy', toWord(common.hierarchy.v1?.id ?? -1))
  object.setVariable('numbers', toNumbers(common.arch))
  return object
}

/** Sets, beside v2, whether a v1 cgroup is a container's, so that its calls are counted for it. To be called after load. */
export function setV1Container(object: BpfObject, cgroup: bigint, isContainer: boolean): void {
  const key = toBytes(BigUint64Array.of(cgroup))
  if (!isContainer) {
    object.deleteKey('v1_containers', key)
  } else {
    object.updateKeys('v1_containers', key, toWord(1))
    object.setVariable('has_v1_containers', toWord(1))
  }
}

/** Throws NATIVE_LAYOUT_MISMATCH unless the map's values have this size, on which both sides must agree. */
export function checkLayout(object: BpfObject, map: string, valueSize: number): void {
  const found = object.mapInfo(map).valueSize
  if (found === valueSize) return
  throw new SwollError(
    'NATIVE_LAYOUT_MISMATCH',
    `BPF map ${map}: values must have ${valueSize} bytes, got ${found}; rebuild both sides with "npm run bpf"`,
  )
}

/** Capabilities that something takes after the start, and what that is. */
export interface Need {
  readonly capabilities: readonly Capability[]
  readonly why: string
}
