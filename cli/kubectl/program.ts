/** The kubectl plugin: `kubectl swoll` calls it. Its commands are in the words of kubectl, its options those of `swoll trace`. */
import { Command } from 'commander'
import { KnownOption as Option } from '../option.ts'
import { print, say } from '../standard-streams.ts'
import {
  addAgentOptions,
  addKubeOptions,
  addListOptions,
  addStuckOptions,
  addTopOptions,
  addTraceOptions,
  type TypedAgents,
  type TypedKube,
  type TypedTrace,
} from './options.ts'
import type { TypedKubeStuck } from './stuck.ts'
import type { TypedKubeTop } from './top.ts'
import type { TypedShown } from './traces.ts'

const EXAMPLES = [
  ['kubectl swoll trace -n shop app=web -e', 'calls that fail, of pods by label'],
  ['kubectl swoll trace deploy/web -s connect,openat', 'all replicas of a Deployment, on all nodes'],
  ['kubectl swoll trace pod/web-1 -c nginx -o strace -T', 'a container, as strace shows it'],
  ['kubectl swoll trace -A -s %file -o summary --duration 10s', 'a table, of all namespaces'],
] as const

interface PluginActions {
  top(typed: TypedKubeTop): Promise<void>
  stuck(pods: readonly string[], typed: TypedKubeStuck): Promise<void>
  trace(typed: TypedTrace, operands: readonly string[]): Promise<void>
  list(typed: TypedShown): Promise<void>
  get(name: string, typed: TypedShown): Promise<void>
  status(name: string, typed: TypedShown): Promise<void>
  delete(names: readonly string[], typed: TypedKube): Promise<void>
  agents(typed: TypedKube & TypedAgents & { readonly output: string }): Promise<void>
  version(): Promise<void>
}

export function createPlugin(actions: PluginActions): Command {
  const program = new Command('kubectl swoll')
    .description('Shows the system calls of pods as they happen, on all nodes')
    .helpCommand('help [command]', 'show the options of a command, and examples')
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: say,
      outputError: (text, write) => write(text.replace(/^error: /, 'swoll: ')),
    })
  const width = Math.max(...EXAMPLES.map(([command]) => command.length))
  const examples = EXAMPLES.map(([command, shows]) => `  ${command.padEnd(width)}  ${shows}`).join('\n')
  addTraceOptions(
    program
      .command('trace')
      .description('show system calls as they happen')
      .argument(
        '[target...]',
        'pods by label (app=web, tier in (front,edge)), or deploy/web, sts/…, ds/…, job/…, svc/…, pod/…',
      ),
  )
    .addHelpText('after', `\nExamples:\n${examples}\n`)
    .action((operands: string[], typed: TypedTrace) => actions.trace(typed, operands))
  addTop(program, actions)
  addStuck(program, actions)
  addResourceCommands(program, actions)
  addAgentOptions(program.command('agents').description('list the agents, and how they are reached'))
    .addOption(output('table', 'json'))
    .action((typed: TypedKube & TypedAgents & { output: string }) => actions.agents(typed))
  program
    .command('version')
    .description('print version, commit, Node and architecture')
    .action(actions.version)
  return program
}

function addTop(program: Command, actions: PluginActions): void {
  addTopOptions(
    program.command('top').description('show the numbers of calls live, most of all first, of all nodes'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  kubectl swoll top -n shop --by pod --show trouble  pods whose calls fail as they should not\n',
    )
    .action((typed: TypedKubeTop) => actions.top(typed))
}

function addStuck(program: Command, actions: PluginActions): void {
  addStuckOptions(
    program
      .command('stuck')
      .description('show which threads of pods are inside which system calls, and for how long')
      .argument('[pod...]', 'pods by name (default: all of the namespace)'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  kubectl swoll stuck -n shop db-0 --min 1m  what hangs in a pod for a minute or longer\n',
    )
    .action((pods: string[], typed: TypedKubeStuck) => actions.stuck(pods, typed))
}

function addResourceCommands(program: Command, actions: PluginActions): void {
  addListOptions(program.command('list').alias('ls').description('list Trace resources'))
    .addOption(output('table', 'json'))
    .action((typed: TypedShown) => actions.list(typed))
  addKubeOptions(program.command('get').description('print a Trace resource').argument('<name>'))
    .addOption(output('yaml', 'json'))
    .action((name: string, typed: TypedShown) => actions.get(name, typed))
  addKubeOptions(
    program.command('status').description('print what became of a Trace, node by node').argument('<name>'),
  )
    .addOption(output('table', 'json'))
    .action((name: string, typed: TypedShown) => actions.status(name, typed))
  addKubeOptions(
    program.command('delete').description('end Traces, and delete them').argument('<name...>'),
  ).action((names: string[], typed: TypedKube) => actions.delete(names, typed))
}

function output(...formats: [string, ...string[]]): Option {
  const option = new Option('-o, --output <format>', formats.join(', '), { completes: formats })
  option.default(formats[0])
  return option.choices(formats) as Option
}
