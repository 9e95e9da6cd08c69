/** Arguments whose kind a command before them decides: fcntl, prctl, futex and their like. */
import type { Abi } from '../../tables/syscalls.ts'
import { type CommandTable, commandTable } from '../calls/commands.ts'
import type { Copy, Kind } from '../kind.ts'
import { familyOf } from './constants.ts'
import { toIndex } from './parameters.ts'

/** A kind that an argument may be, with the places of its orders among those of all. Absent: the argument is left out. */
interface Choice {
  readonly kind: Kind
  readonly orders: readonly number[]
}

/** The kinds that one argument can have, for callers of one ABI. */
interface Choices {
  readonly copies: readonly Copy[]
  readonly byCommand: ReadonlyMap<number, Choice | undefined>
  readonly otherwise: Choice | undefined
}

/**
 * `of(fcntl,1)`: the kind that the table `fcntl` has for the command at argument 1. A line has a word per argument behind
 * the command; arguments beyond the last word are left out. Memory is copied for all that the argument may be.
 */
function commanded([name = '', command]: readonly string[], toKind: (word: string) => Kind): Kind {
  const table = commandTable(name)
  const at = toIndex(command)
  const known: Partial<Record<Abi, Choices[]>> = {}
  const choices = (abi: Abi, index: number): Choices => {
    known[abi] ??= []
    const columns = known[abi]
    columns[index] ??= toChoices(table, index - at - 1, abi, index, toKind)
    return columns[index]
  }
  return {
    copies: (abi, index) => choices(abi, index).copies,
    print(argument) {
      const { byCommand, otherwise } = choices(argument.abi, argument.index)
      const value = (argument.other(at).uint & table.mask) >>> table.shift
      const choice = byCommand.get(value) ?? (byCommand.has(value) ? undefined : otherwise)
      if (choice === undefined) return ''
      const { kind, orders } = choice
      return kind.print(orders.length === 0 ? argument : argument.reordered(orders))
    },
  }
}

function toChoices(
  table: CommandTable,
  column: number,
  abi: Abi,
  index: number,
  toKind: (word: string) => Kind,
): Choices {
  const copies: Copy[] = []
  const toChoice = (words: readonly string[]): Choice | undefined => {
    const word = words[column]
    if (word === undefined) return undefined
    const kind = toKind(word)
    return { kind, orders: (kind.copies?.(abi, index) ?? []).map(copy => place(copies, copy)) }
  }
  const family = familyOf(table.family, abi)
  const byCommand = new Map<number, Choice | undefined>()
  for (const [command, words] of table.lines) {
    const value = family.valueOf(command)
    if (value !== undefined) byCommand.set(value, toChoice(words))
  }
  return { byCommand, otherwise: toChoice(table.otherwise), copies }
}

/** Returns the index of an order among others, and adds the order if it is missing. */
function place(copies: Copy[], copy: Copy): number {
  const isSame = (other: Copy) =>
    other.how === copy.how &&
    other.when === copy.when &&
    other.count === copy.count &&
    other.size === copy.size
  const at = copies.findIndex(isSame)
  return at < 0 ? copies.push(copy) - 1 : at
}

export const commandedKinds = { of: commanded }
