/** The options of `swoll doctor`, and what they say. */
import type { Command } from 'commander'
import { decodeDuration } from '../../pipeline/duration.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { checkFormat } from '../formats.ts'
import { KnownOption } from '../option.ts'

export interface TypedDoctor {
  readonly config?: readonly string[]
  readonly agent: string | false
  readonly prometheus?: string
  readonly wait: string
  readonly output: string
  readonly fix?: true
  readonly dryRun?: true
  readonly strict?: true
}

export interface DoctorOptions {
  /** Sources of the configuration, at least one. */
  readonly sources: readonly string[]
  /** Undefined: no agent is asked. */
  readonly agent: URL | undefined
  readonly isAgentNamed: boolean
  readonly prometheus: URL | undefined
  readonly waitMs: number
  readonly format: Format
  readonly fix: 'no' | 'show' | 'run'
  readonly isStrict: boolean
}

const FORMATS = ['text', 'json', 'json-schema'] as const
type Format = (typeof FORMATS)[number]

const DEFAULT_AGENT = 'http://localhost:8888/metrics'

export const DOCTOR_EXAMPLES = [
  ['swoll doctor', 'this host, and the agent that runs on it'],
  ['swoll doctor -c my-agent.yaml --no-agent', 'whether this host meets what a configuration needs'],
  ['swoll doctor --prometheus http://localhost:9090', 'and whether Prometheus gets all of it'],
  ['swoll doctor --fix --dry-run', 'the commands that would mend what can be mended safely'],
] as const

export function addDoctorOptions(command: Command): Command {
  return command
    .addOption(
      new KnownOption(
        '-c, --config <location>',
        'configuration of the agent, may be given several times; default: the preset',
        { isList: true, completes: 'files' },
      ),
    )
    .addOption(
      new KnownOption('--agent <url>', "an agent's own metrics (service::telemetry)").default(DEFAULT_AGENT),
    )
    .addOption(new KnownOption('--no-agent', 'ask no agent'))
    .addOption(new KnownOption('--prometheus <url>', 'the Prometheus that scrapes agents'))
    .addOption(new KnownOption('--wait <duration>', 'time between two looks at the agent').default('3s'))
    .addOption(
      new KnownOption('-o, --output <format>', FORMATS.join(', '), { completes: FORMATS }).default('text'),
    )
    .addOption(new KnownOption('-f, --fix', 'mend what can be mended safely on this host'))
    .addOption(new KnownOption('--dry-run', 'with --fix: only show what it would run'))
    .addOption(new KnownOption('--strict', 'end with 3 if there are warnings, and no problem'))
}

/** Throws USAGE_INVALID. */
export function decodeDoctorOptions(
  typed: TypedDoctor,
  operands: readonly string[],
  preset: string,
): DoctorOptions {
  const given = [...operands, ...(typed.config ?? [])]
  if (typed.dryRun && !typed.fix)
    throw usageInvalid('--dry-run: must be given with --fix; it shows what that would run')
  const waitMs = decodeDuration(typed.wait)
  if (waitMs === undefined || waitMs > 600_000)
    throw usageInvalid(
      `--wait: must be a duration such as "3s", at most 10m, got ${JSON.stringify(typed.wait)}`,
    )
  return {
    sources: given.length > 0 ? given : [preset],
    agent: typed.agent === false ? undefined : decodeUrl('--agent', typed.agent, DEFAULT_AGENT),
    isAgentNamed: typed.agent !== DEFAULT_AGENT,
    prometheus:
      typed.prometheus === undefined
        ? undefined
        : decodeUrl('--prometheus', typed.prometheus, 'http://localhost:9090'),
    waitMs,
    format: checkFormat('--output', typed.output, FORMATS),
    fix: typed.fix ? (typed.dryRun ? 'show' : 'run') : 'no',
    isStrict: typed.strict === true,
  }
}

/** `host:port` is taken for http; an agent without a path is asked for /metrics. */
function decodeUrl(option: string, text: string, example: string): URL {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw usageInvalid(`${option}: must be a URL such as ${example}, got ${JSON.stringify(text)}`)
  if (option === '--agent' && url.pathname === '/') url.pathname = '/metrics'
  return url
}

const usageInvalid = (message: string) => new SwollError('USAGE_INVALID', message)
