/** `--record`: a recording of what is traced, with the names that are known here. */
import { hostname, release } from 'node:os'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { detectResource } from '../../pipeline/resource-detection/detect.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import { toAttributes } from '../../trace/formats/resource-names.ts'
import { Recorder } from '../../trace/recording/writer.ts'
import type { KnownContainer } from '../../trace/requests/pod-view.ts'
import { readVersion } from '../version.ts'
import { writeAll } from './file-stream.ts'

/** Records into the file with this descriptor. When writing fails, with the system's error, what was recorded before stays whole. */
export function createRecorder(
  fd: number,
  abis: readonly (Abi | undefined)[],
  request: unknown,
  findName: (resource: Resource) => KnownContainer | undefined,
): Recorder {
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
  return new Recorder({
    header,
    write: bytes => writeAll(fd, bytes, true),
    namesOf: resource => toAttributes(findName(resource)),
  })
}
