/**
 * The command line. Exit codes: 0 done; 1 the configuration or the run failed, or data was lost at the end; 2 wrong usage; 3
 * warnings of `swoll doctor --strict`.
 * A command's code is loaded when it is called, so that the others stay quick.
 */
import './slim-zod.ts'
import { CommanderError } from 'commander'
import { programFile } from '../native/program-files.ts'
import { SwollError } from '../pipeline/errors.ts'
import { commandFirst } from './client/program.ts'
import { toCommandFirst } from './collector-style.ts'
import { type Actions, createProgram } from './program.ts'
import { splitCommand } from './trace/options.ts'

const FAILED = 1
const WRONG_USAGE = 2

const PRESET = programFile('otel-config/presets/agent.yaml')

/** `trace … -- command arguments`: what is behind `--` is no business of ours. */
const [own, tracedCommand] = splitCommand(commandFirst(toCommandFirst(process.argv.slice(2))))

const actions: Actions = {
  async version() {
    const { printVersion } = await import('./version.ts')
    printVersion()
  },
  async collector(sources) {
    const { runCollector } = await import('./commands/collector.ts')
    exit(await runCollector(sources, () => exit(FAILED)))
  },
  async server(given, typed) {
    const { toServerSources } = await import('./server-options.ts')
    const sources = toServerSources(typed, given.sources, process.env)
    const { runCollector } = await import('./commands/collector.ts')
    exit(await runCollector({ ...given, sources }, () => exit(FAILED)))
  },
  async validate(sources, output) {
    const { validate } = await import('./commands/validate.ts')
    if (!(await validate(sources, output))) exit(FAILED)
  },
  async printConfig(sources, typed) {
    const { printConfig } = await import('./commands/print-config.ts')
    await printConfig(sources, typed)
  },
  async featureGates(gates, id) {
    const [{ decodeGates, formatGates }, { print }] = await Promise.all([
      import('../otel-config/feature-gates.ts'),
      import('./standard-streams.ts'),
    ])
    print(formatGates(decodeGates(gates), id))
  },
  async components(output) {
    const { listComponents } = await import('./commands/components.ts')
    await listComponents(output)
  },
  async doctor(locations, typed) {
    const { decodeDoctorOptions } = await import('./doctor/options.ts')
    const options = decodeDoctorOptions(typed, locations, PRESET)
    const { runDoctor } = await import('./doctor/run.ts')
    exit(await runDoctor(options))
  },
  async trace(operands, typed) {
    const { decodeOptions } = await import('./trace/decode-options.ts')
    const options = decodeOptions(typed, operands, tracedCommand)
    const { trace } = await import('./commands/trace.ts')
    const { endAs } = await import('./trace/ending.ts')
    exit(endAs(await trace(options, () => exit(FAILED))))
  },
  async top(typed) {
    const { top } = await import('./commands/top.ts')
    const { flushStderr } = await import('./stderr.ts')
    const code = await top(typed, () => exit(FAILED))
    await flushStderr()
    exit(code)
  },
  async replay(recording, typed) {
    const { decodeReplayOptions } = await import('./trace/decode-options.ts')
    const options = decodeReplayOptions(typed)
    const { replay } = await import('./commands/replay.ts')
    const { endAs } = await import('./trace/ending.ts')
    exit(endAs(await replay(recording, options, () => exit(FAILED))))
  },
  async stuck(operands, typed) {
    const { stuck } = await import('./commands/stuck.ts')
    const { flushStderr } = await import('./stderr.ts')
    const code = await stuck(typed, operands, () => exit(FAILED))
    await flushStderr()
    exit(code)
  },
  async certificates(typed) {
    const { decodeCertificateOptions } = await import('./certificate-options.ts')
    const options = decodeCertificateOptions(typed)
    const { renewCertificates } = await import('./commands/certificates.ts')
    await renewCertificates(options)
  },
  async client(command, operands, typed) {
    const { runClient } = await import('./client/run.ts')
    const { flushStderr } = await import('./stderr.ts')
    const isWhole = await runClient(command, operands, typed, () => exit(FAILED))
    await flushStderr()
    exit(isWhole ? 0 : FAILED)
  },
  async seccomp(command, operands, typed) {
    const { runSeccomp } = await import('./seccomp/run.ts')
    const { flushStderr } = await import('./stderr.ts')
    const isWell = await runSeccomp(command, operands, typed, () => exit(FAILED))
    await flushStderr()
    exit(isWell ? 0 : FAILED)
  },
  async controller(typed) {
    const { decodeControllerOptions } = await import('./controller/decode-options.ts')
    const settings = decodeControllerOptions(typed)
    const { runController } = await import('./commands/controller.ts')
    await runController(settings, () => exit(FAILED))
    exit(0)
  },
  async completion(shell) {
    const { printCompletion } = await import('./commands/completion.ts')
    await printCompletion(program, shell)
  },
}
const program = createProgram(actions, PRESET)
/** commander has room for one short name of an option. */
const VERSION: readonly (string | undefined)[] = ['-v', '-V', '--version']

/** The only place that ends the process. Output to files, pipes and terminals is written by then. */
function exit(code: number): never {
  process.exit(code)
}

try {
  if (own[0] === 'kubectl') {
    const { runPlugin } = await import('./kubectl/run.ts')
    exit(await runPlugin(own.slice(1), () => exit(FAILED)))
  }
  await program.parseAsync(VERSION.includes(own[0]) ? ['version'] : own, { from: 'user' })
} catch (error) {
  if (error instanceof CommanderError) exit(error.exitCode === 0 ? 0 : WRONG_USAGE)
  const { printError } = await import('./print-error.ts')
  await printError(error)
  exit(error instanceof SwollError && error.code === 'USAGE_INVALID' ? WRONG_USAGE : FAILED)
}
