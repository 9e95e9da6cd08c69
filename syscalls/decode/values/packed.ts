/**
 * Old calls of i386 that take their arguments in memory: socketcall, mmap and select. The arguments are shown in brackets as
 * those of the call that has replaced them. Only they are copied, not what they point at.
 */
import type { Abi } from '../../tables/syscalls.ts'
import { lineOf } from '../calls/lines.ts'
import type { Argument, Chunk, Copy, Kind } from '../kind.ts'
import { familyOf } from './constants.ts'
import { printPointer } from './integers.ts'

type ToKind = (word: string) => Kind

const MAX_WORDS = 6
const WORD = 4
const COPIES: readonly Copy[] = [{ how: 'bytes', when: 'entry', size: MAX_WORDS * WORD }]
const NONE: readonly Chunk[] = []

/** The call a socketcall stands for: SYS_SENDTO is sendto. */
function socketCall(argument: Argument): string | undefined {
  return familyOf('socketcall', argument.abi)
    .nameOf(argument.other(0).uint)
    ?.slice('SYS_'.length)
    .toLowerCase()
}

const STANDS_FOR: Readonly<Record<string, (argument: Argument) => string | undefined>> = {
  socketcall: argument => socketCall(argument),
  mmap: () => 'mmap',
  select: () => '_newselect',
}

/** `packed(socketcall)`: the arguments of the call that it stands for. */
function packed([name = '']: readonly string[], toKind: ToKind): Kind {
  const standsFor = STANDS_FOR[name]
  if (standsFor === undefined)
    throw new Error(`packed: must be one of ${Object.keys(STANDS_FOR)}, got ${name}`)
  return {
    copies: () => COPIES,
    print(argument) {
      const call = standsFor(argument)
      const bytes = argument.isNull ? undefined : argument.chunks()[0]?.bytes
      // The mmap of today takes the same, in registers; of its tables that of 64 bits has all of them.
      const line = call === undefined ? undefined : lineOf(call === 'mmap' ? 'x86_64' : argument.abi, call)
      if (line === undefined || bytes === undefined || bytes.length < line.kinds.length * WORD)
        return printPointer(argument)
      const words = wordsOf(bytes)
      const texts = line.kinds.map((word, index) =>
        toKind(word).print(new PackedArgument(argument, words, index)),
      )
      return `[${texts.filter(text => text !== '').join(', ')}]`
    },
  }
}

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: MAX_WORDS }, (_, i) =>
    (i + 1) * WORD <= bytes.length ? view.getUint32(i * WORD, true) : 0,
  )
}

/** An argument in a word of memory. The memory behind a pointer is never copied. */
class PackedArgument implements Argument {
  readonly #outer: Argument
  readonly #words: readonly number[]
  readonly index: number
  readonly uint: number
  readonly wordSize = WORD

  constructor(outer: Argument, words: readonly number[], index: number) {
    this.#outer = outer
    this.#words = words
    this.index = index
    this.uint = words[index] ?? 0
  }

  get abi(): Abi {
    return this.#outer.abi
  }

  get int(): number {
    return this.uint | 0
  }

  get number(): number {
    return this.uint
  }

  get value(): bigint {
    return BigInt(this.uint)
  }

  get isNull(): boolean {
    return this.uint === 0
  }

  get returned(): number | undefined {
    return this.#outer.returned
  }

  get hasSucceeded(): boolean {
    return this.#outer.hasSucceeded
  }

  other(index: number): PackedArgument {
    return new PackedArgument(this.#outer, this.#words, index)
  }

  chunks(): readonly Chunk[] {
    return NONE
  }

  reordered(): this {
    return this
  }
}

export const packedKinds = { packed }
