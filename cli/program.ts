/** The commands of swoll with their options, as help, the manual and the completion of shells see them. What they do: main.ts. */
import { Command } from 'commander'
import { addCertificateOptions, type TypedCertificates } from './certificate-options.ts'
import { addClient, type RunClient } from './client/program.ts'
import { SHELLS } from './completion/describe.ts'
import { addConfigured, type ConfigActions } from './config-program.ts'
import { addControllerOptions, CONTROLLER_EXAMPLES, type TypedController } from './controller/options.ts'
import { addDoctorOptions, DOCTOR_EXAMPLES, type TypedDoctor } from './doctor/options.ts'
import { addSeccomp, type RunSeccomp } from './seccomp/program.ts'
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

/** The actions of the commands. */
export interface Actions extends ConfigActions {
  version(): Promise<void>
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
  addConfigured(program, actions, preset, examples)
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

function examples(shown: readonly (readonly [command: string, shows: string])[]): string {
  const width = Math.max(...shown.map(([command]) => command.length))
  return `\nExamples:\n${shown.map(([command, shows]) => `  ${command.padEnd(width)}  ${shows}`).join('\n')}\n`
}
