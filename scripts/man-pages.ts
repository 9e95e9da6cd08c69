/** The manual, made of the same commands and options as the help: swoll(1), and a page for each command that has options. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Option } from 'commander'
import { CLIENT_EXAMPLES } from '../cli/client/program.ts'
import { CONTROLLER_EXAMPLES } from '../cli/controller/options.ts'
import { DOCTOR_EXAMPLES } from '../cli/doctor/options.ts'
import { type Actions, createProgram } from '../cli/program.ts'
import { SECCOMP_EXAMPLES } from '../cli/seccomp/program.ts'
import { SERVER_EXAMPLES } from '../cli/server-options.ts'
import { STUCK_EXAMPLES } from '../cli/stuck/options.ts'
import { TOP_EXAMPLES } from '../cli/top/options.ts'
import { REPLAY_EXAMPLES, TRACE_EXAMPLES } from '../cli/trace/options.ts'

/** The agent's configuration in a package. */
const CONFIGURATION = '/etc/swoll/agent.yaml'
const nothing = async (): Promise<void> => {}
const ACTIONS: Actions = {
  version: nothing,
  collector: nothing,
  server: nothing,
  validate: nothing,
  components: nothing,
  printConfig: nothing,
  featureGates: nothing,
  doctor: nothing,
  trace: nothing,
  top: nothing,
  replay: nothing,
  stuck: nothing,
  certificates: nothing,
  controller: nothing,
  completion: nothing,
  client: nothing,
  seccomp: nothing,
}
const EXAMPLES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'swoll-trace': TRACE_EXAMPLES,
  'swoll-replay': REPLAY_EXAMPLES,
  'swoll-top': TOP_EXAMPLES,
  'swoll-stuck': STUCK_EXAMPLES,
  ...Object.fromEntries(
    Object.entries(CLIENT_EXAMPLES).map(([name, shown]) => [`swoll-client-${name}`, shown]),
  ),
  ...Object.fromEntries(
    Object.entries(SECCOMP_EXAMPLES).map(([name, shown]) => [`swoll-seccomp-${name}`, shown]),
  ),
  controller: CONTROLLER_EXAMPLES,
  doctor: DOCTOR_EXAMPLES,
  server: SERVER_EXAMPLES,
}
const EXITS = [
  ['0', 'Done. A traced command is followed: its exit code is that of swoll, and its signal too.'],
  ['1', 'The configuration is not valid, or the run failed; the doctor has found problems.'],
  ['1', 'The configuration is not valid, or the run failed.'],
  ['3', 'swoll stuck: threads are stuck.'],
  ['2', 'The command line has a mistake; each is said, with what to do.'],
  ['3', 'With doctor --strict: there are warnings.'],
] as const

/** The commands and options, as on a host with the package. */
export function createManualProgram(): Command {
  return createProgram(ACTIONS, CONFIGURATION)
}

/** Text of each page, by its name. */
export function toManPages(): ReadonlyMap<string, string> {
  const program = createManualProgram()
  const commands = program.commands
    .flatMap(command => [command, ...command.commands])
    .filter(command => command.options.length > 0)
  const pages = commands.map(command => [pageOf(command), toPage(command, commands)] as const)
  return new Map([['swoll', toMainPage(program, commands)], ...pages])
}

/** `swoll-trace`, `swoll-client-watch`. */
function pageOf(command: Command): string {
  const above = command.parent?.parent ? pageOf(command.parent) : 'swoll'
  return `${above}-${command.name()}`
}

function toMainPage(program: Command, paged: readonly Command[]): string {
  const commands = program.commands.map(command =>
    entry(bold([command.name(), ...command.aliases()].join(', ')), command.description()),
  )
  return [
    header('swoll', 'counts and times every system call of containers and services'),
    section('SYNOPSIS', `${bold('swoll')} ${italic('command')} [${italic('options')}]\n`),
    section('DESCRIPTION', `${text(program.description())}.\n`),
    section('COMMANDS', commands.join('')),
    section('EXIT STATUS', EXITS.map(([code, about]) => entry(bold(code), about)).join('')),
    section('FILES', entry(italic(CONFIGURATION), 'what the agent of the package runs')),
    seeAlso(paged.map(pageOf)),
  ].join('')
}

function toPage(command: Command, paged: readonly Command[]): string {
  const name = pageOf(command)
  const others = paged.filter(other => other !== command).map(pageOf)
  const usage = command.usage() || '[options]'
  const operands = command.registeredArguments.map(operand =>
    entry(italic(operand.name()), operand.description),
  )
  return [
    header(name, command.description()),
    section('SYNOPSIS', `${bold(name.replaceAll('-', ' '))} ${text(usage)}\n`),
    operands.length === 0 ? '' : section('ARGUMENTS', operands.join('')),
    section('OPTIONS', toOptions(command)),
    toExamples(EXAMPLES[name] ?? []),
    section('EXIT STATUS', EXITS.map(([code, about]) => entry(bold(code), about)).join('')),
    seeAlso(['swoll', ...others]),
  ].join('')
}

/** Under the headings of the help. */
function toOptions(command: Command): string {
  const groups = new Map<string, Option[]>()
  for (const option of command.options) {
    const heading = option.helpGroupHeading ?? ''
    groups.set(heading, [...(groups.get(heading) ?? []), option])
  }
  return [...groups]
    .map(([heading, options]) => {
      const title = heading === '' ? '' : `.SS ${text(heading.replace(/:$/, ''))}\n`
      return title + options.map(toOption).join('')
    })
    .join('')
}

function toOption({ flags, description, envVar }: Option): string {
  const about = envVar === undefined ? description : `${description}; by default $${envVar}`
  // `-s, --syscalls <list>`: names in bold, values in italics.
  const term = flags.split(/(-[-\w]+|<[^>]+>|\[[^\]]+\])/).map(part => {
    if (part.startsWith('-')) return bold(part)
    return /^[<[]/.test(part) ? italic(part) : text(part)
  })
  return entry(term.join(''), about)
}

function toExamples(examples: typeof TRACE_EXAMPLES): string {
  if (examples.length === 0) return ''
  return section('EXAMPLES', examples.map(([command, shows]) => entry(bold(command), shows)).join(''))
}

function header(name: string, about: string): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
    version: string
  }
  const title = `.TH ${name.toUpperCase()} 1 "" "swoll ${version}" "User Commands"\n`
  return `.\\" Made by scripts/man-pages.ts from the options of the command line.\n${title}${section('NAME', `${text(name)} \\- ${text(about)}\n`)}`
}

function section(title: string, body: string): string {
  return `.SH ${title}\n${body}`
}

function seeAlso(names: readonly string[]): string {
  return section('SEE ALSO', `${names.map(name => `.BR ${text(name)} (1)`).join(',\n')}\n`)
}

/** A term, in roff, and what it means. */
function entry(term: string, about: string): string {
  return `.TP\n${term}\n${text(about)}\n`
}

const bold = (words: string): string => `\\fB${text(words)}\\fR`
const italic = (words: string): string => `\\fI${text(words)}\\fR`

/** Plain text for roff: hyphens are minuses, so that options can be copied; no line begins a request. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replace(/^([.'])/gm, '\\&$1')
}
