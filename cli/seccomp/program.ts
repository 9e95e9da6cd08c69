/** `swoll seccomp` and its commands, for help, manual and completion. */
import type { Command } from 'commander'
import { SECCOMP_GROUPS, type SeccompCommand } from './options.ts'

type Examples = readonly (readonly [command: string, shows: string])[]

interface Described {
  readonly about: string
  readonly usage: string
  readonly arguments: readonly (readonly [name: string, about: string])[]
  readonly examples: Examples
}

const FILES = [
  '[observation...]',
  'files of swoll seccomp record, - for standard input; none: see "Where from"',
] as const

const COMMANDS: Readonly<Record<SeccompCommand, Described>> = {
  profile: {
    about: 'print a seccomp profile that allows what was seen, and nothing else',
    usage: '[options] [observation...]',
    arguments: [FILES],
    examples: [
      ['swoll seccomp profile --for 60s -m 4f3c2a1b', 'of a container of this host, watched for a minute'],
      ['swoll seccomp profile -a localhost:9095 -n shop -w web', 'of a workload, as an agent has seen it'],
      ['swoll seccomp profile a.json b.json -w web -o kubernetes', 'the union of what was recorded'],
    ],
  },
  record: {
    about: 'write down which calls are made: an observation',
    usage: '[options]',
    arguments: [],
    examples: [['swoll seccomp record --for 1h -o node-a.json', 'all containers and units of this host']],
  },
  diff: {
    about: 'print which calls are new, and which are gone',
    usage: '[options] [observation...]',
    arguments: [['[observation...]', 'two, or with --revisions one; none: see "Where from"']],
    examples: [
      ['swoll seccomp diff monday.json friday.json -n shop -w web', 'two windows'],
      ['swoll seccomp diff --cluster -n shop -w web --revisions 6d4cf,7f9b8', 'two revisions'],
    ],
  },
  check: {
    about: 'exit with 1 if a profile would deny what was seen',
    usage: '[options] <profile> [observation...]',
    arguments: [
      ['<profile>', 'of OCI, docker or security-profiles-operator, or the config.json of a bundle'],
      FILES,
    ],
    examples: [['swoll seccomp check web.json run.json', 'in continuous integration']],
  },
  denied: {
    about: 'print what an enforced profile has denied: whose call, errno, how often',
    usage: '[options] [observation...]',
    arguments: [FILES],
    examples: [['swoll seccomp denied --cluster -n shop', 'of all nodes']],
  },
}

/** By command. */
export const SECCOMP_EXAMPLES: Readonly<Record<string, Examples>> = Object.fromEntries(
  Object.entries(COMMANDS).map(([name, { examples }]) => [name, examples]),
)

export type RunSeccomp = (
  command: SeccompCommand,
  operands: readonly string[],
  typed: Readonly<Record<string, unknown>>,
) => Promise<void>

export function addSeccomp(seccomp: Command, run: RunSeccomp, examples: (of: Examples) => string): void {
  for (const [name, described] of Object.entries(COMMANDS) as [SeccompCommand, Described][]) {
    const command = seccomp.command(name).description(described.about).usage(described.usage)
    for (const argument of described.arguments) command.argument(...argument)
    for (const { heading, options } of SECCOMP_GROUPS[name]) {
      command.optionsGroup(heading)
      for (const option of options) command.addOption(option)
    }
    command
      .addHelpText('after', examples(described.examples))
      .action((...given: unknown[]) => run(name, command.args, given.at(-2) as Record<string, unknown>))
  }
}
