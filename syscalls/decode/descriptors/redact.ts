/** Takes out of a referent what is not to be seen: parts of paths, and names of sockets. */
import { descriptorLayout, socketLayout } from '../../../native/generated/trace-layout.ts'
import { fromPath, toPath } from './path.ts'
import { isSocket } from './referent.ts'

/** Has `redact` change a path, or the name of a unix socket, in the memory of a chunk itself; it keeps its length. */
export function redactReferent(chunk: Uint8Array, redact: (bytes: Uint8Array) => void): void {
  if (chunk.length < descriptorLayout.size) return
  const rest = chunk.subarray(descriptorLayout.size)
  if (isSocket(chunk)) {
    redact(rest.subarray(socketLayout.size))
    return
  }
  const path = toPath(rest)
  redact(path)
  fromPath(path, rest)
}
