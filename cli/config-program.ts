/** The commands that read a configuration, with their options. */
import type { Command } from 'commander'
import { decodeGates } from '../otel-config/feature-gates.ts'
import type { ConfigSources } from '../otel-config/load.ts'
import { SwollError } from '../pipeline/errors.ts'
import { KnownOption as Option } from './option.ts'
import { addServerOptions, SERVER_EXAMPLES, type TypedServer } from './server-options.ts'

const FORMATS = ['text', 'json'] as const
const LIST_FORMATS = ['yaml', 'json', 'json-schema'] as const
const PRINT_FORMATS = ['yaml', 'json'] as const
const MODES = ['redacted', 'unredacted'] as const

/** Options of `swoll print-config`. */
export interface TypedPrint {
  readonly format: string
  readonly mode: string
  /** `true` or `false`. */
  readonly validate: string
}

/** The actions of the commands that read a configuration, or tell of one. */
export interface ConfigActions {
  collector(sources: ConfigSources): Promise<void>
  server(sources: ConfigSources, typed: TypedServer): Promise<void>
  validate(sources: ConfigSources, output: string): Promise<void>
  printConfig(sources: ConfigSources, typed: TypedPrint): Promise<void>
  components(output: string): Promise<void>
  featureGates(gates: readonly string[], id: string | undefined): Promise<void>
}

/** Formats command lines, and what they do, for the help. */
type Examples = (shown: readonly (readonly [command: string, shows: string])[]) => string

interface WithConfig {
  readonly config?: readonly string[]
  readonly set?: readonly string[]
  readonly featureGates?: readonly string[]
  /** Of the commands that run an agent. */
  readonly watchConfig?: true
}

/** `preset`: the path of a configuration to begin with. */
export function addConfigured(
  program: Command,
  actions: ConfigActions,
  preset: string,
  examples: Examples,
): void {
  const collector = program
    .command('collector')
    .description('run the pipelines of a configuration until SIGTERM or SIGINT')
  addConfig(collector)
    .addOption(watchOption())
    .addHelpText(
      'after',
      examples([
        [`swoll collector ${preset}`, 'the agent'],
        ['swoll collector -c a.yaml -c env:MORE', 'two sources, the later one wins'],
        ['swoll --config a.yaml --set exporters.debug.verbosity=detailed', 'as a Collector is started'],
      ]),
    )
    .action((given: string[], typed: WithConfig) => actions.collector(needSources(given, typed)))
  const server = program
    .command('server')
    .description('run the agent, and let others trace this host over HTTP')
  addServerOptions(addConfig(server).addOption(watchOption()).addHelpText('after', examples(SERVER_EXAMPLES)))
    .usage('[options] [configuration...]')
    .action((given: string[], typed: TypedServer & WithConfig) =>
      actions.server(toSources(given, typed), typed),
    )
  addChecks(program, actions, preset, examples)
  addLists(program, actions, examples)
}

function addChecks(program: Command, actions: ConfigActions, preset: string, examples: Examples): void {
  addConfig(program.command('validate').description('check a configuration without running it'))
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      examples([
        [`swoll validate ${preset}`, 'a file'],
        [
          "swoll validate -c a.yaml -c 'yaml:exporters::debug::verbosity: detailed'",
          'and what is written here',
        ],
        ['helm template … | swoll validate - -o json', 'standard input, for a program to read the answer'],
      ]),
    )
    .action((given: string[], typed: WithConfig & { output: string }) =>
      actions.validate(needSources(given, typed), typed.output),
    )
  addPrint(program, actions, preset, examples)
}

function addPrint(program: Command, actions: ConfigActions, preset: string, examples: Examples): void {
  const print = program
    .command('print-config')
    .alias('print-initial-config')
    .description('print a configuration as the agent reads it: merged, with all defaults, without secrets')
  addConfig(print)
    .addOption(
      new Option('--format <format>', PRINT_FORMATS.join(', '), { completes: PRINT_FORMATS }).default('yaml'),
    )
    .addOption(new Option('--mode <mode>', MODES.join(', '), { completes: MODES }).default('redacted'))
    .addOption(
      new Option('--validate <check>', 'true, false: print it also if it is wrong', {
        completes: ['true', 'false'],
      }).default('true'),
    )
    .addHelpText(
      'after',
      examples([
        [`swoll print-config ${preset}`, 'with all defaults'],
        ['swoll print-config --mode unredacted a.yaml', 'secrets too'],
      ]),
    )
    .action((given: string[], typed: WithConfig & TypedPrint) =>
      actions.printConfig(needSources(given, typed), typed),
    )
}

function addLists(program: Command, actions: ConfigActions, examples: Examples): void {
  program
    .command('components')
    .description('list the components a configuration may use')
    .addOption(outputOption(LIST_FORMATS))
    .addHelpText('after', examples([['swoll components -o json', 'for a program']]))
    .action(({ output }: { output: string }) => actions.components(output))
  program
    .command('schema')
    .description('print the JSON Schema of a configuration, for editors and checks')
    .addHelpText('after', examples([['swoll schema > swoll.schema.json', 'for the editor']]))
    .action(() => actions.components('json-schema'))
  program
    .command('featuregate')
    .description('list the feature gates, or one, and whether they are on')
    .argument('[id]', 'of one gate')
    .addOption(gatesOption())
    .addHelpText('after', examples([['swoll featuregate', 'all of them']]))
    .action((id: string | undefined, { featureGates = [] }: WithConfig) =>
      actions.featureGates(featureGates, id),
    )
}

function addConfig(command: Command): Command {
  const description =
    'a file, - for standard input, env:NAME for a variable that holds it, yaml:TEXT for the text itself, or an http(s) address'
  return command
    .usage('[options] <configuration...>')
    .argument('[configuration...]', `${description}; of several, later ones win`)
    .addOption(
      new Option('-c, --config <location>', 'the same as [configuration], may be given several times', {
        isList: true,
        completes: 'files',
      }),
    )
    .addOption(
      new Option(
        '--set <key=value>',
        'one value over all configurations: exporters.debug.verbosity=detailed',
        {
          isList: true,
        },
      ),
    )
    .addOption(gatesOption())
}

function watchOption(): Option {
  return new Option('--watch-config', 'apply the configuration when one of its files changes, as SIGHUP does')
}

function gatesOption(): Option {
  return new Option('--feature-gates <ids>', 'turn feature gates on, or off with - in front', {
    isList: true,
  })
}

function toSources(given: readonly string[], typed: WithConfig): ConfigSources {
  const { config = [], set = [], featureGates = [] } = typed
  for (const one of set.filter(text => !text.includes('=')))
    throw new SwollError('USAGE_INVALID', `--set: must be key=value, got "${one}"; missing equal sign`)
  return {
    sources: [...given, ...config],
    sets: set,
    isWatched: typed.watchConfig === true,
    isAppending: decodeGates(featureGates)['confmap.enableMergeAppendOption'],
  }
}

/** Returns the given sources of the configuration. Throws USAGE_INVALID if there is none. */
function needSources(given: readonly string[], typed: WithConfig): ConfigSources {
  const sources = toSources(given, typed)
  if (sources.sources.length > 0) return sources
  const remedy = 'give a file, - for standard input, env:NAME or yaml:TEXT; --help shows one to begin with'
  throw new SwollError('USAGE_INVALID', `configuration: must be given, got nothing; ${remedy}`)
}

function outputOption<T extends string>(formats: readonly [T, ...T[]]): Option {
  const option = new Option('-o, --output <format>', formats.join(', '), { completes: formats })
  option.default(formats[0])
  return option
}
