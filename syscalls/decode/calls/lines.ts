/** The tables of calls as lines by name. */
import { memoized } from '../../../pipeline/memoized.ts'
import type { Abi } from '../../tables/syscalls.ts'
import { files } from './files.ts'
import { memory } from './memory.ts'
import { arm, backwards, i386 } from './narrow.ts'
import { network } from './network.ts'
import { paths } from './paths.ts'
import { processes } from './processes.ts'
import { signals } from './signals.ts'
import { system } from './system.ts'

/** One line: a word per parameter, and what stands behind `=`. */
export interface Line {
  /** The kind of each parameter, by its name in kinds.ts. */
  readonly kinds: readonly string[]
  /** Parameters to show, in this order, each with the label before it (`flags=`). */
  readonly shown: readonly { readonly index: number; readonly label: string }[]
  /** The printer of the result, by its name in returned.ts. */
  readonly returns: string
}

const COMMON = [files, paths, memory, processes, signals, network, system]
const OF_ABI: Readonly<Partial<Record<Abi, readonly string[]>>> = {
  i386: [i386, backwards],
  arm64: [backwards],
  arm: [arm, backwards],
}

const tableOf = memoized(
  new Map<Abi, ReadonlyMap<string, Line>>(),
  abi => new Map([...COMMON, ...(OF_ABI[abi] ?? [])].flatMap(toLines)),
)

/** Returns the line of a call; undefined without one. Lines of the ABI come before those of all ABIs. */
export function lineOf(abi: Abi, name: string): Line | undefined {
  return tableOf(abi).get(name)
}

/**
 * `openat dirfd path open_flags mode_if_creat = fd`; calls of which the same is to be said share a line, with commas between their
 * names; empty lines and those that begin with # do not count. Where the order is another than that of the parameters, each word has a number before it, and may have a label: `1:child_stack=ptr`.
 */
function toLines(text: string): [string, Line][] {
  return text
    .split('\n')
    .filter(line => line.trim() !== '' && !line.startsWith('#'))
    .flatMap(line => {
      const [call = '', returns = 'int'] = line.split(/\s+= /)
      const [names = '', ...words] = call.trim().split(/\s+/)
      const parsed = toLine(words, returns.trim())
      return names.split(',').map(name => [name, parsed] as [string, Line])
    })
}

/** A word of a line: the argument's number where it is not the next one, a label, and the kind. */
const ITEM = /^(?:(\d):)?(\w+=)?(.+)$/

/** A line with these kinds, which are shown in order, and an integer returned. */
export function lineOfKinds(kinds: readonly string[]): Line {
  return toLine(kinds, 'int')
}

function toLine(words: readonly string[], returns: string): Line {
  const kinds: string[] = []
  const shown = words.map((word, place) => {
    const [, number = place, label = '', kind = ''] = ITEM.exec(word)!
    kinds[Number(number)] = kind
    return { index: Number(number), label }
  })
  return { kinds, shown, returns }
}
