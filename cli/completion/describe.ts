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
  /** Words to suggest, or things of the host; nothing can be suggested where it is undefined. */
  readonly completes: Exclude<Completes, 'calls' | 'errors'> | undefined
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
  readonly operands: CompletedValue | undefined
  /** Behind `--` a command of the host follows, with its own completion. */
  readonly hasCommand: boolean
  /** Commands of a command, with their options. */
  readonly commands: readonly CompletedCommand[]
}

/** Values of which several may stand between commas. */
const LISTS: readonly (Completes | undefined)[] = ['calls', 'errors', 'processes', 'units', 'cgroups']

export async function describeProgram(program: Command): Promise<readonly CompletedCommand[]> {
  const words = await loadWords()
  const commands = program.commands.map(command => describeCommand(command, words))
  const help = {
    names: ['help'],
    about: 'show the options of a command',
    options: [],
    operands: toOperands(program.commands.map(command => command.name())),
    hasCommand: false,
    commands: [],
  }
  return [...commands, help]
}

type Words = Awaited<ReturnType<typeof loadWords>>

/** The words that stand for a kind of value that swoll knows. */
async function loadWords() {
  const [{ errnoNames }, { CALL_NAMES, CLASS_NAMES, GROUP_NAMES }, { STRACE_WORDS }] = await Promise.all([
    import('../../syscalls/tables/errnos.ts'),
    import('../../syscalls/classes.ts'),
    import('../../syscalls/strace-classes.ts'),
  ])
  const calls = ['all', ...CLASS_NAMES, ...GROUP_NAMES, ...STRACE_WORDS, ...CALL_NAMES]
  return { calls, errors: errnoNames() }
}

function describeCommand(command: Command, words: Words): CompletedCommand {
  const name = command.name()
  const shown = command.options.filter(({ hidden }) => !hidden)
  return {
    names: [name, ...command.aliases()],
    about: command.description(),
    options: [...shown.map(option => describeOption(option, words)), HELP],
    operands: operandsOf(name),
    hasCommand: name === 'trace',
    commands: command.commands.map(each => describeCommand(each, words)),
  }
}

const HELP: CompletedOption = { flags: ['-h', '--help'], about: 'display help for command', value: undefined }

function describeOption(option: Command['options'][number], words: Words): CompletedOption {
  const kind = option instanceof KnownOption ? option.completes : undefined
  const completes = kind === 'calls' || kind === 'errors' ? words[kind] : kind
  const takesValue = option.required || option.optional
  return {
    flags: [option.short, option.long].filter(flag => flag !== undefined),
    about: option.description,
    value: takesValue ? { completes, isList: LISTS.includes(kind), isOptional: option.optional } : undefined,
  }
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const

function operandsOf(command: string): CompletedValue | undefined {
  if (command === 'completion') return toOperands(SHELLS)
  return ['collector', 'validate', 'replay'].includes(command) ? toOperands('files') : undefined
}

function toOperands(completes: CompletedValue['completes']): CompletedValue {
  return { completes, isList: false, isOptional: false }
}
