/** The list of strings that a program passed, recovered from the list that the kernel made of it. */
import { ARGV_GIVEN, ARGV_INTERPRETED } from '../../../native/generated/trace-layout.ts'
import type { Argument, Chunk } from '../kind.ts'

/**
 * Chunks of the list as the call was given it. Of a script's arguments the kernel has kept the second and those behind it, behind
 * the interpreter, what the script has it be told, and the path; the first is as the caller had it before the call.
 */
export function givenStrings(argument: Argument): readonly Chunk[] {
  const chunks = argument.chunks()
  const way = chunks.at(-1)?.entry ?? ARGV_GIVEN
  if (way === ARGV_GIVEN) return chunks
  const before = way === ARGV_INTERPRETED ? 1 : 0
  const paths = pathsOf(argument)
  const path = chunks.findIndex((chunk, i) => i >= before && paths.some(each => isText(chunk, each)))
  return path < 0 ? chunks.slice(before) : [...chunks.slice(0, before), ...chunks.slice(path + 1)]
}

/** Returns the names that the kernel may have given to the path (the argument before): `/dev/fd` for one below a descriptor. */
function pathsOf(argument: Argument): Buffer[] {
  const path = Buffer.from(argument.other(argument.index - 1).chunks()[0]?.bytes ?? [])
  if (argument.index < 2) return [path]
  const folder = `/dev/fd/${argument.other(argument.index - 2).int}`
  return [path, path.length === 0 ? Buffer.from(folder) : Buffer.concat([Buffer.from(`${folder}/`), path])]
}

function isText({ bytes, isCut }: Chunk, text: Buffer): boolean {
  return text.subarray(0, isCut ? bytes.length : text.length).equals(bytes)
}
