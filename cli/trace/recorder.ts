/** `--record`: a recording of what is traced, with the names that are known here. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { hostname, release } from 'node:os'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { detectResource } from '../../pipeline/resource-detection/detect.ts'
import type { Abi } from '../../receiver/ebpf/tables/syscalls.ts'
import type { KnownContainer } from '../../receiver/ebpf/trace/pod-view.ts'
import { Recorder } from '../../receiver/ebpf/trace/recording/writer.ts'
import { readVersion } from '../version.ts'
import { toAttributes } from './resource-names.ts'

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
    origin: detectResource().origin,
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
