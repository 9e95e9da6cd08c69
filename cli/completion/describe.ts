/** The command line as data for shell completion: commands, their options, and the values that options and arguments take. */
import type { Command } from 'commander'
import { type Completes, KnownOption } from '../option.ts'

export interface CompletedOption {
  /** `-s`, `--syscalls`. */
  readonly flags: readonly string[]
  readonly about: string
  /** Undefined: it takes no value. */
  readonly value: CompletedValue | undefined
}

export interface CompletedValue {
  /** Nothing can be suggested where it is undefined. */
  readonly completes: Completes | undefined
  /** Words between commas. */
  readonly isList: boolean
  /** The option's value may be left out. */
  readonly isOptional: boolean
}

export interface CompletedCommand {
  /** The command's name and its other names. */
  readonly names: readonly string[]
  readonly about: string
  readonly options: readonly CompletedOption[]
  /** The completion of the command's arguments. */
  readonly operands: Completes | undefined
  /** Behind `--` a command of the host follows, with its own completion. */
  readonly hasCommand: boolean
}

/** Values of which several may stand between commas. */
const LISTS: readonly (Completes | undefined)[] = ['calls', 'errors', 'processes', 'units', 'cgroups']

export function describeProgram(program: Command): readonly CompletedCommand[] {
  const commands = program.commands.map(describeCommand)
  const names = commands.flatMap(({ names: [name] }) => name!)
  const help = {
    names: ['help'],
    about: 'show the options of a command',
    options: [],
    operands: names,
    hasCommand: false,
  }
  return [...commands, help]
}

function describeCommand(command: Command): CompletedCommand {
  const name = command.name()
  return {
    names: [name, ...command.aliases()],
    about: command.description(),
    options: [...command.options.filter(({ hidden }) => !hidden).map(describeOption), HELP],
    operands: operandsOf(name),
    hasCommand: name === 'trace',
  }
}

const HELP: CompletedOption = { flags: ['-h', '--help'], about: 'display help for command', value: undefined }

function describeOption(option: Command['options'][number]): CompletedOption {
  const completes = option instanceof KnownOption ? option.completes : undefined
  const isList = option instanceof KnownOption && LISTS.includes(completes)
  const takesValue = option.required || option.optional
  return {
    flags: [option.short, option.long].filter(flag => flag !== undefined),
    about: option.description,
    value: takesValue ? { completes, isList, isOptional: option.optional } : undefined,
  }
}

function operandsOf(command: string): Completes | undefined {
  if (command === 'completion') return SHELLS
  return ['collector', 'validate', 'replay'].includes(command) ? 'files' : undefined
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The words that stand for a kind of value that swoll knows. */
export async function wordsOf(completes: 'calls' | 'errors'): Promise<readonly string[]> {
  if (completes === 'errors') {
    const { errnoNames } = await import('../../syscalls/tables/errnos.ts')
    return errnoNames()
  }
  const [{ CALL_NAMES, CLASS_NAMES, GROUP_NAMES }, { STRACE_WORDS }] = await Promise.all([
    import('../../syscalls/classes.ts'),
    import('../../syscalls/strace-classes.ts'),
  ])
  return ['all', ...CLASS_NAMES, ...GROUP_NAMES, ...STRACE_WORDS, ...CALL_NAMES]
}
