/**
 * The command line. Exit codes: 0 done; 1 the configuration or the run failed, or data was lost at the end; 2 wrong usage.
 * A command's code is loaded when it is called, so that the others stay quick.
 */
import './slim-zod.ts'
import { constants } from 'node:os'
import { Command, CommanderError } from 'commander'
import { SwollError } from '../pipeline/errors.ts'
import type { Ending } from './trace/launch.ts'
import { addReplayOptions, addTraceOptions, splitCommand, type TypedOptions } from './trace/options.ts'
import { readVersion } from './version.ts'

const FAILED = 1
const WRONG_USAGE = 2

/** What shells add to the number of the signal that ended a command. */
const SIGNALLED = 128
const LEAVES_CORE: ReadonlySet<string> = new Set(
  ['QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'SEGV', 'XCPU', 'XFSZ', 'SYS'].map(name => `SIG${name}`),
)

const program = new Command('swoll')
  .description('Counts and times every system call of every container and host service')
  .version(`swoll version ${readVersion()}`, '--version', 'print the version')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'swoll: ')) })

/** A command that ends and words its errors as the program does. */
function addCommand(name: string, description: string): Command {
  return program.command(name).description(description)
}

/** May be given several times. */
const CONFIG = [
  '--config <location>',
  'configuration file',
  (location: string, earlier: string[] = []) => [...earlier, location],
] as const
interface WithConfig {
  readonly config: readonly string[]
}

addCommand('collector', 'run the pipelines of a configuration until SIGTERM or SIGINT')
  .alias('server')
  .requiredOption(...CONFIG)
  .action(async ({ config }: WithConfig) => {
    const { runCollector } = await import('./commands/collector.ts')
    exit(await runCollector(config, () => exit(FAILED)))
  })

addCommand('validate', 'check a configuration without running it')
  .requiredOption(...CONFIG)
  .action(async ({ config }: WithConfig) => {
    const { validate } = await import('./commands/validate.ts')
    await validate(config)
  })

addCommand('components', 'list the components a configuration may use, as YAML').action(async () => {
  const { listComponents } = await import('./commands/components.ts')
  await listComponents()
})

const traceCommand = addTraceOptions(
  addCommand('trace', 'show system calls as they happen, of pods, of the host or of a command'),
)
traceCommand.action(async (selector: string | undefined, typed: TypedOptions) => {
  const { decodeOptions } = await import('./trace/decode-options.ts')
  const options = decodeOptions(typed, selector, tracedCommand)
  const { trace } = await import('./commands/trace.ts')
  exitAs(await trace(options, () => exit(FAILED)))
})

addReplayOptions(addCommand('replay', 'show a recording of swoll trace')).action(
  async (recording: string, typed: Pick<TypedOptions, 'output' | 'file'>) => {
    const { decodeReplayOptions } = await import('./trace/decode-options.ts')
    const { replay } = await import('./commands/replay.ts')
    await replay({ recording, ...decodeReplayOptions(typed) })
  },
)

/** Ends as the command that was traced has: by the same signal, unless that would leave a core file of swoll. */
function exitAs(ending: Ending): never {
  if ('code' in ending) exit(ending.code)
  process.removeAllListeners(ending.signal)
  if (!LEAVES_CORE.has(ending.signal)) process.kill(process.pid, ending.signal)
  exit(SIGNALLED + constants.signals[ending.signal])
}

/** The only place that ends the process. Output to files, pipes and terminals is written by then. */
function exit(code: number): never {
  process.exit(code)
}

/** `trace … -- command arguments`: what is behind `--` is no business of ours. */
const [own, tracedCommand] = splitCommand(process.argv.slice(2))

try {
  await program.parseAsync(own, { from: 'user' })
} catch (error) {
  if (error instanceof CommanderError) exit(error.exitCode === 0 ? 0 : WRONG_USAGE)
  const { printError } = await import('./print-error.ts')
  await printError(error)
  exit(error instanceof SwollError && error.code === 'USAGE_INVALID' ? WRONG_USAGE : FAILED)
}
