/** `swoll client` and its commands, for help, manual and completion. */
import type { Command } from 'commander'
import { CLIENT_GROUPS, type ClientCommand } from './options.ts'

interface Described {
  readonly about: string
  readonly usage: string
  readonly argument?: readonly [name: string, about: string]
  readonly examples: readonly (readonly [command: string, shows: string])[]
}

const COMMANDS: Readonly<Record<ClientCommand, Described>> = {
  create: {
    about: 'create a job on each agent, and print its id',
    usage: '[options]',
    examples: [
      ['swoll client create -e node-a,node-b -n shop -l app=web -s execve,openat', 'prints the id'],
      ['swoll client create -e node-a -n shop -f trace.yaml --oneshot -o cli', 'shows calls until Ctrl-C'],
    ],
  },
  watch: {
    about: 'show the calls of a job as they happen, on all agents',
    usage: '[options] [id]',
    argument: ['[id]', 'of the job'],
    examples: [
      ['swoll client watch -e node-a,node-b 4f3f2898-69e3-5a0d-820a-c4e87987dbce -o strace', 'a job'],
      ['swoll client watch --trace web -n shop', 'a Trace resource, to its end'],
    ],
  },
  list: {
    about: 'list the jobs of all agents',
    usage: '[options]',
    examples: [['swoll client list -e node-a,node-b', 'a table']],
  },
  get: {
    about: 'print a job as each agent has it, in JSON',
    usage: '[options] <id>',
    argument: ['<id>', 'of the job'],
    examples: [['swoll client get -e node-a web', 'a line for each agent']],
  },
  delete: {
    about: 'end jobs on all agents, and forget them',
    usage: '[options] <id...>',
    argument: ['<id...>', 'of the jobs'],
    examples: [['swoll client delete -e node-a,node-b web', 'tries all, and fails if one did']],
  },
  query: {
    about: 'print jobs that are running, or those that are over, in JSON',
    usage: '[options] running|completed',
    argument: ['<state>', 'running or completed'],
    examples: [['swoll client query running -e node-a', 'a list of Trace objects']],
  },
  status: {
    about: 'print what became of a job on each agent: calls, losses, who watches',
    usage: '[options] <id>',
    argument: ['<id>', 'of the job'],
    examples: [['swoll client status -e node-a,node-b web', 'a table']],
  },
}

/** By command. */
export const CLIENT_EXAMPLES: Readonly<Record<string, Described['examples']>> = Object.fromEntries(
  Object.entries(COMMANDS).map(([name, { examples }]) => [name, examples]),
)

export type RunClient = (
  command: ClientCommand,
  operands: readonly string[],
  typed: Readonly<Record<string, unknown>>,
) => Promise<void>

/** Adds the commands below `client`. Their options may also stand in front of the command, as those of the original could. */
export function addClient(
  client: Command,
  run: RunClient,
  examples: (of: Described['examples']) => string,
): void {
  for (const [name, described] of Object.entries(COMMANDS) as [ClientCommand, Described][]) {
    const command = client.command(name).description(described.about).usage(described.usage)
    if (described.argument) command.argument(...described.argument)
    for (const { heading, options } of CLIENT_GROUPS[name]) {
      command.optionsGroup(heading)
      for (const option of options) command.addOption(option)
    }
    command
      .addHelpText('after', examples(described.examples))
      .action((...given: unknown[]) => run(name, command.args, given.at(-2) as Record<string, unknown>))
  }
}

/** The words of `swoll client …` with the command in front of its options: those of the original could come before it. */
export function commandFirst(argv: readonly string[]): readonly string[] {
  if (argv[0] !== 'client') return argv
  let at = 1
  while (argv[at]?.startsWith('-')) at += takesValue(argv[at]!) ? 2 : 1
  const isBehindOptions = at > 1 && Object.hasOwn(COMMANDS, argv[at] ?? '')
  return isBehindOptions ? ['client', argv[at]!, ...argv.slice(1, at), ...argv.slice(at + 1)] : argv
}

const OPTIONS = Object.values(CLIENT_GROUPS).flatMap(groups => groups.flatMap(group => [...group.options]))

/** The word behind it is its value. */
function takesValue(word: string): boolean {
  return OPTIONS.some(({ short, long, required }) => required && (word === short || word === long))
}
