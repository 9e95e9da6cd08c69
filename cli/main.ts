/**
 * The command line. Exit codes: 0 done; 1 the configuration or the run failed; 2 wrong usage.
 * A command's code is loaded when it is called, so that the others stay quick.
 */
import './slim-zod.ts'
import { Command, CommanderError } from 'commander'
import { readVersion } from './version.ts'

const FAILED = 1
const WRONG_USAGE = 2

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

/** The only place that ends the process. Output to files, pipes and terminals is written by then. */
function exit(code: number): never {
  process.exit(code)
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) exit(error.exitCode === 0 ? 0 : WRONG_USAGE)
  const { printError } = await import('./print-error.ts')
  printError(error)
  exit(FAILED)
}
