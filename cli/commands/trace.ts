/** `swoll trace`: shows calls as they happen, of pods, of the host, or of a command. */
import { writeSync } from 'node:fs'
import { unblockSignal } from '../../native/process.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { printableLines } from '../../pipeline/printable.ts'
import { detectResource } from '../../pipeline/resource-detection/detect.ts'
import type { ThreadFacts } from '../../trace/events/threads.ts'
import type { CallTest } from '../../trace/filters/call-test.ts'
import { createRedactor } from '../../trace/filters/redact.ts'
import { createFormat } from '../../trace/formats/create-format.ts'
import { createNames } from '../../trace/formats/names.ts'
import { Printer } from '../../trace/formats/printer.ts'
import { openSession } from '../../trace/host.ts'
import { toJobSpec } from '../../trace/requests/job-of-request.ts'
import type { PodView } from '../../trace/requests/pod-view.ts'
import type { TraceRequest } from '../../trace/requests/request.ts'
import { createTargets } from '../../trace/requests/targets.ts'
import type { Subscription, TraceSession } from '../../trace/session/session.ts'
import { isSystemError, printError } from '../print-error.ts'
import { say } from '../stderr.ts'
import type { TraceOptions } from '../trace/decode-options.ts'
import type { Ending } from '../trace/ending.ts'
import { type Command, takeCommand } from '../trace/launch.ts'
import { Matches } from '../trace/matches.ts'
import { hasColours } from '../trace/open-output.ts'
import { openPodsFor } from '../trace/open-pods.ts'
import type { WhenDone } from '../trace/options.ts'
import { createOurs } from '../trace/ours.ts'
import type { TextOutput } from '../trace/output.ts'
import { checkConsent, checkProcesses, createLiveness } from '../trace/processes.ts'
import { createRecorder } from '../trace/recorder.ts'
import { describeTotals, describeTrace, type Undelivered } from '../trace/report.ts'
import { runTrace } from '../trace/run.ts'
import { cannotWrite, openSinks, type Sinks } from '../trace/sinks.ts'
import { Wishes } from '../trace/wishes.ts'

/** Where the command has the same standard error, that must go on to block, which is not so with one that `say` has used. */
const sayBeside = (text: string): void => void writeSync(2, `swoll: ${printableLines(text)}\n`)

/**
 * How swoll is to end: as the command did, else with 0. Rejects when there is nothing to trace, no way to trace it, or when what was traced could
 * not be written; but once it has begun, the command goes on whatever becomes of the trace. The first signal to stop ends the trace, the
 * second the wait for its reader, a third calls `exitNow`.
 */
export async function trace(options: TraceOptions, exitNow: () => void): Promise<Ending> {
  const wishes = new Wishes(exitNow)
  unblockSignal('SIGUSR1')
  const command = options.command.length > 0 ? await takeCommand(options.command) : undefined
  try {
    await watch(options, command, wishes)
  } catch (error) {
    if (!command?.hasBegun) throw error
    await printError(error)
  }
  if (command === undefined) return { code: 0 }
  return command.hasBegun ? leave(command, options.whenDone) : { signal: Number(wishes.stop.reason) }
}

/** Resolves when the trace is over, and all that belongs to it is gone. */
async function watch(options: TraceOptions, command: Command | undefined, wishes: Wishes): Promise<void> {
  await using cleanup = new AsyncDisposableStack()
  const request = withProcess(options.request, command)
  checkProcesses(request.targets)
  const isSomeoneAlive = createLiveness(request.targets)
  const context = { clock: systemClock, abort: wishes.stop, warn: say }
  const pods = await openPodsFor(request.targets, options, context)
  cleanup.defer(() => pods.close())
  checkConsent(options.request.targets, pods.view)
  const session = openSession(request.limits)
  cleanup.defer(() => session.close())
  const sinks = cleanup.use(await openSinks(options, wishes.stop))
  if (wishes.stop.aborted) return
  const living = new Map<number, ThreadFacts>()
  const printer = createPrinter(options, { request, session, view: pods.view, sinks, living })
  const subscription = subscribe(session, options, { request, view: pods.view })
  if (command) wishes.yieldTo(command) // before it begins: it may send one at once
  await command?.begin()

  const endsAlone = request.targets.kind === 'processes'
  const isOver = () => (command ? command.hasEnded : endsAlone) && !isSomeoneAlive(living)
  const { output } = sinks
  let failure: unknown
  const run = { subscription, printer, output, clock: systemClock, isOver, mayBeOver: command?.ended }
  await runTrace(run, wishes.stop).catch(error => {
    failure = error
  })
  wishes.end()
  await session.close()
  await output?.end(wishes.giveUp)
  const undelivered = findUndelivered(options, printer, output)
  if (!(command?.hasEnded && printer.lost === 0 && undelivered === undefined)) {
    const goesOn = command && !command.hasEnded ? `; the command goes on as process ${command.pid}` : ''
    const tell = command ? sayBeside : say
    tell(`${describeTotals(printer.calls, printer.lost, undelivered)}${goesOn}`)
  }
  const unwritten = output?.error
  if (failure !== undefined) throw isSystemError(failure) ? cannotWrite(options.record, failure) : failure
  if (unwritten !== undefined && unwritten.code !== 'EPIPE') throw cannotWrite(options.file, unwritten)
}

/** The more of what was not recorded and what was not printed; undefined: it is none. A reader who has gone (EPIPE) wanted no more. */
function findUndelivered(
  options: TraceOptions,
  printer: Printer,
  output: TextOutput | undefined,
): Undelivered | undefined {
  const unrecorded = options.record === undefined ? 0 : printer.calls - printer.recorded
  const unprinted = output && output.error?.code !== 'EPIPE' ? output.unwrittenCalls : 0
  const calls = Math.max(unrecorded, unprinted)
  if (calls === 0) return undefined
  const isUnread = unrecorded === 0 && output?.error === undefined
  return { calls, why: isUnread ? 'nobody read them' : 'they could not be written' }
}

/** The command is not traced any more. */
async function leave(command: Command, whenDone: WhenDone): Promise<Ending> {
  if (whenDone === 'wait' || command.hasEnded) return command.ended
  if (whenDone === 'kill') command.kill('SIGKILL')
  return { code: 0 }
}

function withProcess(request: TraceRequest, command: Command | undefined): TraceRequest {
  return command ? { ...request, targets: { kind: 'processes', pids: [command.pid] } } : request
}

interface Parts {
  readonly request: TraceRequest
  readonly session: TraceSession
  readonly view: PodView
  readonly sinks: Sinks
  readonly living: Map<number, ThreadFacts>
}

function createPrinter(options: TraceOptions, { request, session, view, sinks, living }: Parts): Printer {
  const { abis } = session
  const hasCommand = options.command.length > 0
  const { output, recording } = sinks
  const format =
    output &&
    createFormat(options.output!, {
      write: output.write,
      writeBytes: output.writeBytes,
      names: createNames(resource => view.findName(resource)),
      abis,
      clock: systemClock,
      origin: () => detectResource().origin,
      hasColours: hasColours(hasCommand ? 2 : 1, options.file, process.env),
      display: options.display,
      hasManyProcesses: hasManyProcesses(request.targets),
    })
  const printer = new Printer({
    abis,
    format,
    recorder:
      recording === undefined
        ? undefined
        : createRecorder(recording, abis, request, resource => view.findName(resource)),
    redact: options.redact.length > 0 ? createRedactor(options.redact) : undefined,
    living,
  })
  if (output) output.countCalls = () => printer.calls
  return printer
}

function sayUnshown(error: unknown): void {
  say(`calls in flight are not shown: ${(error as Error).message.split('\n')[0]}`)
}

/** One process, with its children, is told apart as strace does it. */
function hasManyProcesses(targets: TraceRequest['targets']): boolean {
  return targets.kind !== 'processes' || targets.pids.length > 1
}

function subscribe(
  session: TraceSession,
  { command, count, durationMs }: TraceOptions,
  { request, view }: Pick<Parts, 'request' | 'view'>,
): Subscription {
  const targets = new Matches(createTargets(request.targets, view))
  const { isWanted: isLate = () => true, ...spec } = toJobSpec('swoll trace', request, targets)
  const isOurs = createOurs(request, command.length > 0)
  const isWanted: CallTest = (call, thread) => isOurs(call, thread) && isLate(call, thread)
  const { callsPerSecond } = request.limits
  const inFlight = spec.inFlight && { ...spec.inFlight, fail: sayUnshown }
  const subscription = session.subscribe(
    { ...spec, inFlight, isWanted },
    { calls: count, durationMs, callsPerSecond },
  )
  if (request.targets.kind === 'containers' && !request.targets.isFollowing) targets.freeze()
  if (command.length === 0) say(describeTrace(request, targets))
  return subscription
}
