/** The commands of swoll with their options, as help, the manual and the completion of shells see them. What they do: main.ts. */
import { Command } from 'commander'
import { SwollError } from '../pipeline/errors.ts'
import { addCertificateOptions, type TypedCertificates } from './certificate-options.ts'
import { addClient, type RunClient } from './client/program.ts'
import { SHELLS } from './completion/describe.ts'
import { addControllerOptions, CONTROLLER_EXAMPLES, type TypedController } from './controller/options.ts'
import { addDoctorOptions, DOCTOR_EXAMPLES, type TypedDoctor } from './doctor/options.ts'
import { KnownOption as Option } from './option.ts'
import { addSeccomp, type RunSeccomp } from './seccomp/program.ts'
import { addServerOptions, SERVER_EXAMPLES, type TypedServer } from './server-options.ts'
import { print, say } from './standard-streams.ts'
import { addStuckOptions, STUCK_EXAMPLES, type TypedStuck } from './stuck/options.ts'
import { addTopOptions, TOP_EXAMPLES, type TypedTop } from './top/options.ts'
import { explainTraceError } from './trace/hints.ts'
import {
  addReplayOptions,
  addTraceOptions,
  REPLAY_EXAMPLES,
  TRACE_EXAMPLES,
  type TypedOptions,
  type TypedReplay,
} from './trace/options.ts'

const FORMATS = ['text', 'json'] as const
const LIST_FORMATS = ['yaml', 'json', 'json-schema'] as const

/** The actions of the commands. */
export interface Actions {
  version(): Promise<void>
  collector(locations: readonly string[]): Promise<void>
  server(locations: readonly string[], typed: TypedServer): Promise<void>
  validate(locations: readonly string[], output: string): Promise<void>
  components(output: string): Promise<void>
  doctor(locations: readonly string[], typed: TypedDoctor): Promise<void>
  trace(operands: readonly string[], typed: TypedOptions): Promise<void>
  top(typed: TypedTop): Promise<void>
  replay(recording: string, typed: TypedReplay): Promise<void>
  stuck(operands: readonly string[], typed: TypedStuck): Promise<void>
  certificates(typed: TypedCertificates): Promise<void>
  controller(typed: TypedController): Promise<void>
  completion(shell: string): Promise<void>
  readonly client: RunClient
  readonly seccomp: RunSeccomp
}

interface WithConfig {
  readonly config?: readonly string[]
}

/** `preset`: the path of a configuration to begin with. */
export function createProgram(actions: Actions, preset: string): Command {
  const program = new Command('swoll')
    .description('Counts and times every system call of every container and host service')
    .helpCommand('help [command]', 'show the options of a command, and examples')
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: say,
      outputError: (text, write) => write(text.replace(/^error: /, 'swoll: ')),
    })
    .option('-V, --version', 'the same as the command version')
  addConfigured(program, actions, preset)
  addTracing(program, actions)
  addDoctor(program, actions)
  addCertificateOptions(
    program
      .command('certificates')
      .description("make and renew the certificates of the agents' API in a cluster"),
  )
    .addHelpText(
      'after',
      examples([['swoll certificates -n swoll --name swoll', 'as the Jobs of the chart do']]),
    )
    .action((typed: TypedCertificates) => actions.certificates(typed))
  const client = program.command('client').description('trace on other hosts, by the API of their agents')
  addClient(client, actions.client, examples)
  const seccomp = program
    .command('seccomp')
    .description('make seccomp profiles of what was counted, compare and check them')
  addSeccomp(seccomp, actions.seccomp, examples)
  addOthers(program, actions)
  return program
}

function addOthers(program: Command, actions: Actions): void {
  program
    .command('kubectl') // main.ts runs it: its options are its own
    .description('the kubectl plugin, as kubectl swoll runs it: see kubectl swoll --help')
    .allowUnknownOption()
  const controller = program
    .command('controller')
    .description('make Trace resources of a Kubernetes cluster true until SIGTERM or SIGINT')
  addControllerOptions(controller)
    .addHelpText('after', examples(CONTROLLER_EXAMPLES))
    .action((typed: TypedController) => actions.controller(typed))
  program
    .command('completion')
    .description('print what completes the command line of a shell, to be sourced by it')
    .argument('<shell>', SHELLS.join(', '))
    .addHelpText('after', examples([['source <(swoll completion bash)', 'in ~/.bashrc']]))
    .action((shell: string) => actions.completion(shell))
  program
    .command('version')
    .description('print version, commit, Node and architecture')
    .action(actions.version)
}

function addConfigured(program: Command, actions: Actions, preset: string): void {
  const config = addConfig(
    program.command('collector').description('run the pipelines of a configuration until SIGTERM or SIGINT'),
    [
      [`swoll collector ${preset}`, 'the agent'],
      ['swoll collector -c a.yaml -c env:MORE', 'two sources, the later one wins'],
    ],
  )
  config.action((given: string[], typed: WithConfig) => actions.collector(locations(given, typed)))
  const server = program
    .command('server')
    .description('run the agent, and let others trace this host over HTTP')
  addServerOptions(addConfig(server, SERVER_EXAMPLES))
    .usage('[options] [configuration...]')
    .action((given: string[], typed: TypedServer) =>
      actions.server([...given, ...(typed.config ?? [])], typed),
    )
  addConfig(program.command('validate').description('check a configuration without running it'), [
    [`swoll validate ${preset}`, 'a file'],
    ["swoll validate -c a.yaml -c 'yaml:exporters::debug::verbosity: detailed'", 'and what is written here'],
    ['helm template … | swoll validate - -o json', 'standard input, for a program to read the answer'],
  ])
    .addOption(outputOption(FORMATS))
    .action((given: string[], typed: WithConfig & { output: string }) =>
      actions.validate(locations(given, typed), typed.output),
    )
  program
    .command('components')
    .description('list the components a configuration may use')
    .addOption(outputOption(LIST_FORMATS))
    .addHelpText('after', examples([['swoll components -o json-schema', 'of a configuration, for editors']]))
    .action(({ output }: { output: string }) => actions.components(output))
}

function addDoctor(program: Command, actions: Actions): void {
  const doctor = program
    .command('doctor')
    .alias('selftest')
    .description('look at this host, the agent and Prometheus, and say what mends what is wrong')
    .argument('[configuration...]', 'the same as --config')
  addDoctorOptions(doctor)
    .addHelpText('after', examples(DOCTOR_EXAMPLES))
    .action((given: string[], typed: TypedDoctor) => actions.doctor(given, typed))
}

function addTracing(program: Command, actions: Actions): void {
  const trace = program
    .command('trace')
    .description('show system calls as they happen, of pods, of the host or of a command')
    .configureOutput({
      writeOut: print,
      writeErr: say,
      outputError: (text, write) => write(explainTraceError(text)),
    })
  addTraceOptions(trace)
    .addHelpText('after', examples(TRACE_EXAMPLES))
    .action((operands: string[], typed: TypedOptions) => actions.trace(operands, typed))
  addTopOptions(
    program
      .command('top')
      .description('show the numbers of calls live, most of all first, of this host or of agents'),
  )
    .addHelpText('after', examples(TOP_EXAMPLES))
    .action((typed: TypedTop) => actions.top(typed))
  addStuckOptions(
    program
      .command('stuck')
      .description('show which threads are inside which system calls, and for how long')
      .usage('[options] [label-selector]')
      .argument('[label-selector...]', 'pods by label: app=web, tier in (front,edge), !canary'),
  )
    .addHelpText('after', examples(STUCK_EXAMPLES))
    .action((operands: string[], typed: TypedStuck) => actions.stuck(operands, typed))
  addReplayOptions(program.command('replay').description('show a recording of swoll trace'))
    .addHelpText('after', examples(REPLAY_EXAMPLES))
    .action((recording: string, typed: TypedReplay) => actions.replay(recording, typed))
}

function addConfig(command: Command, shown: readonly (readonly [string, string])[]): Command {
  const description =
    'a file, - for standard input, env:NAME for a variable that holds it, yaml:TEXT for the text itself'
  return command
    .usage('[options] <configuration...>')
    .argument('[configuration...]', `${description}; of several, later ones win`)
    .addOption(
      new Option('-c, --config <location>', 'the same as [configuration], may be given several times', {
        isList: true,
        completes: 'files',
      }),
    )
    .addHelpText('after', examples(shown))
}

/** Returns the given sources of the configuration. Throws USAGE_INVALID if there is none. */
function locations(given: readonly string[], { config = [] }: WithConfig): readonly string[] {
  const all = [...given, ...config]
  if (all.length > 0) return all
  const remedy = 'give a file, - for standard input, env:NAME or yaml:TEXT; --help shows one to begin with'
  throw new SwollError('USAGE_INVALID', `configuration: must be given, got nothing; ${remedy}`)
}

function outputOption<T extends string>(formats: readonly [T, ...T[]]): Option {
  const option = new Option('-o, --output <format>', formats.join(', '), { completes: formats })
  option.default(formats[0])
  return option
}

function examples(shown: readonly (readonly [command: string, shows: string])[]): string {
  const width = Math.max(...shown.map(([command]) => command.length))
  return `\nExamples:\n${shown.map(([command, shows]) => `  ${command.padEnd(width)}  ${shows}`).join('\n')}\n`
}
