/** `swoll trace`: shows calls as they happen, of pods, of the host, or of a command. */
import { systemClock } from '../../pipeline/clock.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import { detectResource } from '../../pipeline/resource-detection/detect.ts'
import { createAskAgain } from '../../receiver/ebpf/trace/ask-again.ts'
import { openSession } from '../../receiver/ebpf/trace/host.ts'
import { toJobSpec } from '../../receiver/ebpf/trace/job-of-request.ts'
import type { Job } from '../../receiver/ebpf/trace/jobs.ts'
import type { PodView } from '../../receiver/ebpf/trace/pod-view.ts'
import type { TraceRequest } from '../../receiver/ebpf/trace/request.ts'
import type { TraceSession } from '../../receiver/ebpf/trace/session.ts'
import { createTargets } from '../../receiver/ebpf/trace/targets.ts'
import { onStopSignal } from '../signals.ts'
import { type CallTest, createLateTest } from '../trace/call-test.ts'
import { createFormat, hasColours } from '../trace/create-format.ts'
import type { TraceOptions } from '../trace/decode-options.ts'
import { type Command, type Ending, forwardSignals, launch } from '../trace/launch.ts'
import { Matches } from '../trace/matches.ts'
import { createNames } from '../trace/names.ts'
import { openPodsFor } from '../trace/open-pods.ts'
import { createOurs } from '../trace/ours.ts'
import { openOutput, type TextOutput } from '../trace/output.ts'
import { Printer } from '../trace/printer.ts'
import { checkProcesses, createLiveness } from '../trace/processes.ts'
import { openRecorder } from '../trace/recorder.ts'
import { createRedactor } from '../trace/redact.ts'
import { describeTotals, describeTrace } from '../trace/report.ts'
import { runTrace } from '../trace/run.ts'

/** The reader of the output may take so long when all is over. */
const LAST_WRITE_MS = 5000

const say = (text: string): void => void process.stderr.write(`swoll: ${text}\n`)

/**
 * How swoll is to end: as the command did, else with 0. Rejects when there is nothing to trace or no way to trace it. A second signal
 * to stop calls `exitNow`.
 */
export async function trace(options: TraceOptions, exitNow: () => void): Promise<Ending> {
  await using cleanup = new AsyncDisposableStack()
  const stop = new AbortController()
  const command = options.command.length > 0 ? launch(options.command) : undefined
  cleanup.defer(() => command?.kill('SIGKILL'))
  const request = withProcess(options.request, command)
  checkProcesses(request.targets)
  const isSomeoneAlive = createLiveness(request.targets)
  const isOver = command
    ? untilEnded(command, stop, exitNow)
    : untilStopped(stop, exitNow, request.targets.kind === 'processes')

  const pods = await openPodsFor(request.targets, options, {
    clock: systemClock,
    abort: stop.signal,
    warn: say,
  })
  cleanup.defer(() => pods.close())
  const session = openSession({
    stringLimit: request.limits.stringBytes,
    payloadLimit: request.limits.payloadBytes,
    hasDescriptors: request.limits.descriptors,
    hasEnvironments: request.limits.environments,
    limits: { rateLimit: request.limits.callsPerSecond ?? 0 },
  })
  cleanup.defer(() => session.close())
  const output = options.output && openOutput(options.file, command ? 2 : 1, command !== undefined)
  const printer = createPrinter(options, { request, session, view: pods.view, output, cleanup })
  const job = startJob(session, request, pods.view, command === undefined)
  await command?.begin()
  if (options.durationMs !== undefined)
    cleanup.defer(systemClock.after(options.durationMs, () => stop.abort()))

  await runTrace(
    {
      source: { take: isLast => session.take(isLast), stop: () => session.removeJob(job) },
      printer,
      output,
      clock: systemClock,
      onTake: createAskAgain(session, pods.view, systemClock),
      isOver: () => isOver() && !isSomeoneAlive(printer.living),
    },
    stop.signal,
  )
  using lastWrite = startDeadline(LAST_WRITE_MS)
  await output?.end(lastWrite.signal)
  if (command === undefined || printer.lost > 0) say(describeTotals(printer.calls, printer.lost))
  const failure = output?.error
  if (failure !== undefined && failure.code !== 'EPIPE') throw failure
  return command ? command.ended : { code: 0 }
}

function withProcess(request: TraceRequest, command: Command | undefined): TraceRequest {
  return command ? { ...request, targets: { kind: 'processes', pids: [command.pid] } } : request
}

/** Until the command has ended, signals are for it; then they end the wait for what it left behind. */
function untilEnded(command: Command, stop: AbortController, exitNow: () => void): () => boolean {
  let hasEnded = false
  const unlisten = forwardSignals(command)
  void command.ended.then(() => {
    hasEnded = true
    unlisten()
    onStopSignal(() => stop.abort(), exitNow)
  })
  return () => hasEnded
}

/** Processes end by themselves. */
function untilStopped(stop: AbortController, exitNow: () => void, endsAlone: boolean): () => boolean {
  onStopSignal(() => stop.abort(), exitNow)
  return () => endsAlone
}

interface Parts {
  readonly request: TraceRequest
  readonly session: TraceSession
  readonly view: PodView
  readonly output: TextOutput | undefined
  readonly cleanup: AsyncDisposableStack
}

function createPrinter(options: TraceOptions, { request, session, view, output, cleanup }: Parts): Printer {
  const { abis } = session
  const hasCommand = options.command.length > 0
  const file =
    options.record === undefined
      ? undefined
      : openRecorder(options.record, abis, request, resource => view.findName(resource))
  if (file) cleanup.defer(() => file.close())
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
  return new Printer({
    abis,
    format,
    recorder: file?.recorder,
    redact: options.redact.length > 0 ? createRedactor(options.redact) : undefined,
    isOurs: both(createOurs(request, hasCommand), createLateTest(request.filter)),
    count: options.count,
  })
}

function both(test: CallTest, late: CallTest | undefined): CallTest {
  return late === undefined ? test : (call, thread) => test(call, thread) && late(call, thread)
}

/** One process, with its children, is told apart as strace does it. */
function hasManyProcesses(targets: TraceRequest['targets']): boolean {
  return targets.kind !== 'processes' || targets.pids.length > 1
}

function startJob(session: TraceSession, request: TraceRequest, view: PodView, isTold: boolean): Job {
  const targets = new Matches(createTargets(request.targets, view))
  const job = session.addJob(toJobSpec('swoll trace', request, targets))
  if (request.targets.kind === 'containers' && !request.targets.isFollowing) targets.freeze()
  if (isTold) say(describeTrace(request, targets))
  return job
}
