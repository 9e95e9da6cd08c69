/** Tells calls that are about certain files: by a path they were given, or by what a descriptor refers to. */
import { posix } from 'node:path'
import { memoized } from '../../pipeline/memoized.ts'
import type { CallDefinition } from '../../syscalls/decode/definition.ts'
import { pathOf } from '../../syscalls/decode/descriptors/referent.ts'
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'

/** Bytes that are copied of a path, and of no other string. */
const PATH_BYTES = 4095

/** Where a call has paths and descriptors, as indexes of its orders to copy memory. */
interface Places {
  readonly descriptors: readonly number[]
  /** With the descriptor of the folder that a relative path begins in; -1: it is not known. */
  readonly paths: readonly { readonly order: number; readonly folder: number }[]
}

/** `paths` are absolute; one that ends in a slash stands for all below it as well. */
export function createPathTest(paths: readonly string[]): (call: TracedCall) => boolean {
  // Bytes are compared: each is a character.
  const wanted = paths.map(path => Buffer.from(path).toString('latin1'))
  const placesOf = memoized(new WeakMap<CallDefinition, Places>(), findPlaces)
  const isWanted = (path: string | undefined) => path !== undefined && wanted.some(each => isSame(path, each))

  return call => {
    const { descriptors, paths } = placesOf(call.definition)
    return (
      descriptors.some(order => isWanted(readDescriptor(call, order))) ||
      paths.some(({ order, folder }) => isWanted(readPath(call, order, folder)))
    )
  }
}

function isSame(path: string, wanted: string): boolean {
  return path === wanted || (wanted.endsWith('/') && (path.startsWith(wanted) || `${path}/` === wanted))
}

function findPlaces({ copies }: CallDefinition): Places {
  const indexes = [...copies.keys()]
  const isDescriptor = (order: number) => copies[order]!.how === 'descriptor'
  const paths = indexes.filter(order => copies[order]!.how === 'string' && copies[order]!.size === PATH_BYTES)
  return {
    descriptors: indexes.filter(isDescriptor),
    paths: paths.map(order => ({
      order,
      folder: indexes.findIndex(
        other => isDescriptor(other) && copies[other]!.argument === copies[order]!.argument - 1,
      ),
    })),
  }
}

function readDescriptor(call: TracedCall, order: number): string | undefined {
  const [chunk] = call.chunksOf(order)
  return chunk && pathOf(chunk)
}

function readPath(call: TracedCall, order: number, folder: number): string | undefined {
  const [chunk] = call.chunksOf(order)
  if (chunk === undefined || chunk.isUnreadable || chunk.bytes.length === 0) return undefined
  const { bytes } = chunk
  const nul = bytes.indexOf(0)
  const text = Buffer.from(nul < 0 ? bytes : bytes.subarray(0, nul)).toString('latin1')
  if (text.startsWith('/')) return posix.normalize(text)
  const base = folder < 0 ? undefined : readDescriptor(call, folder)
  return base === undefined || text === '' ? undefined : posix.resolve(base, text)
}
