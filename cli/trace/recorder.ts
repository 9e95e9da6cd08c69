/** `--record`: a recording of what is traced, with the names that are known here. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { hostname, release } from 'node:os'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import type { Abi } from '../../receiver/ebpf/tables/syscalls.ts'
import { Recorder } from '../../receiver/ebpf/trace/recording/writer.ts'
import { readVersion } from '../version.ts'
import type { KnownContainer } from './names.ts'

const LABEL = 'k8s.pod.label.'

export interface FileRecorder {
  readonly recorder: Recorder
  close(): void
}

/** Throws the system's error for a file that cannot be written. Only its owner may read it: it has the memory of others. */
export function openRecorder(
  path: string,
  abis: readonly (Abi | undefined)[],
  request: unknown,
  findName: (resource: Resource) => KnownContainer | undefined,
): FileRecorder {
  const fd = openSync(path, 'w', 0o600)
  const header = {
    swoll: readVersion(),
    host: hostname(),
    kernel: release(),
    arch: process.arch,
    abis: abis.map(abi => abi ?? null),
    startTime: new Date().toISOString(),
    request,
  }
  const recorder = new Recorder({
    header,
    write: bytes => writeAll(fd, bytes),
    namesOf: resource => toAttributes(findName(resource)),
  })
  return { recorder, close: () => closeSync(fd) }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
}

/** As the k8s_attributes processor calls them. */
function toAttributes(found: KnownContainer | undefined): Attributes {
  if (!found) return {}
  const labels = Object.entries(found.labels).map(([key, value]) => [`${LABEL}${key}`, value])
  return {
    'k8s.namespace.name': found.namespace,
    'k8s.pod.name': found.pod,
    ...(found.container !== undefined && { 'k8s.container.name': found.container }),
    ...(found.image !== undefined && { 'container.image.name': found.image }),
    ...Object.fromEntries(labels),
  }
}

/** The names again, from a resource of a recording. */
export function findRecordedName({ attributes }: Resource): KnownContainer | undefined {
  const read = (key: string): string | undefined => {
    const value = attributes[key]
    return typeof value === 'string' ? value : undefined
  }
  const [namespace, pod] = [read('k8s.namespace.name'), read('k8s.pod.name')]
  if (namespace === undefined || pod === undefined) return undefined
  const labels = Object.entries(attributes).filter(([key]) => key.startsWith(LABEL))
  return {
    namespace,
    pod,
    container: read('k8s.container.name'),
    image: read('container.image.name'),
    labels: Object.fromEntries(labels.map(([key, value]) => [key.slice(LABEL.length), String(value)])),
  }
}
