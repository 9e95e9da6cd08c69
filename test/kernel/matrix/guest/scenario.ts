/**
 * The scenario for each kernel, run in the guest and on the host alike: counts a known number of calls of both ABIs, in each
 * latency mode, and prints what came out as one line: PREFIX and a Result as JSON.
 *
 *     node scenario.ts LAYOUT MODE[,MODE…] WORKLOAD COMPAT-WORKLOAD
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type HostHierarchy, readHierarchy } from '../../../../kernel/cgroups/host.ts'
import { printCall } from '../../../../syscalls/decode/print.ts'
import { openSession } from '../../../../trace/host.ts'
import type { TraceSession } from '../../../../trace/session/session.ts'
import { type AccountingHarness, type Latency, startAccounting } from '../../harness.ts'

/** Outcome of one latency mode. */
interface ModeResult {
  /** Rows of the workloads' cgroups for the two calls they make: `abi syscall error outcome` to calls. */
  readonly counted: Readonly<Record<string, number>>
  /** The unaccounted calls of the books, and events lost for any reason. */
  readonly unaccounted: string
  readonly lost: Readonly<Record<string, number>>
  /** Whether the kernel told the birth of the workload's cgroup with its path, without, or not at all. */
  readonly birth: 'name' | 'no name' | 'none'
  /** Capabilities that reading on takes. */
  readonly needs: readonly string[]
  /** Instructions the verifier walked and bytes of the translated program. */
  readonly programs: Readonly<Record<string, readonly [instructions: number, bytes: number]>>
}

/** The result of tracing a few calls. */
interface TraceResult {
  /** Printed lines of the calls that open the folder, or the kernel's refusal. */
  readonly calls: readonly string[]
  /** Printed lines of a call that waits until it is killed, as it was seen meanwhile. */
  readonly inFlight: readonly string[]
  /** Whether memory of others is said to be read. */
  readonly canRead: boolean
  readonly refusal: string | null
  readonly programs: ModeResult['programs']
}

/** One run of the scenario. */
export interface Result {
  readonly layout: string
  readonly kernel: string
  /** The content of /sys/kernel/security/lockdown; `none` for kernels without it. */
  readonly lockdown: string
  /** The v1 controller by which cgroups are told apart, or v2. */
  readonly hierarchy: string
  /** The result of each requested mode. */
  readonly modes: Readonly<Partial<Record<Latency, ModeResult>>>
  readonly trace: TraceResult
}

/** Calls of getppid that the native and the compat workload make: primes, so that no multiple of them comes about by chance. */
export const CALLS = [10_007, 2_003] as const
export const PREFIX = 'matrix-result '

/** The shell has its parent's id before it joins; what it calls after that is neither getppid nor exit_group. */
const JOIN = 'echo $$ >"$0/cgroup.procs" && exec "$@"'

/** Runs a workload in a cgroup of its own; returns the kernel's id of the cgroup. */
function runWorkload(mountPoint: string, program: string, calls: number): bigint {
  const folder = join(mountPoint, `swoll-matrix-${process.pid}`)
  mkdirSync(folder)
  try {
    const { status } = spawnSync('sh', ['-c', JOIN, folder, program, `${calls}`], { stdio: 'inherit' })
    if (status !== 0) throw new Error(`${program}: exit code ${status}`)
    return statSync(folder, { bigint: true }).ino
  } finally {
    rmdirSync(folder)
  }
}

async function runMode(
  latency: Latency,
  hierarchy: HostHierarchy,
  workloads: readonly string[],
): Promise<ModeResult> {
  await using agent = await startAccounting({ latency, hierarchy })
  const needs = agent.accounting.laterNeeds().flatMap(({ capabilities }) => capabilities)
  if (latency === 'sampled') agent.accounting.setTiming(true)
  const ids = workloads.map((program, i) => runWorkload(hierarchy.mountPoint, program, CALLS[i]!))
  const rows = await agent.collect()
  const mine = rows.filter(row => ids.includes(row.cgroup) && /^(getppid|exit_group)$/.test(row.syscall))
  const key = (row: (typeof rows)[number]): string =>
    [row.abi ?? 'native', row.syscall, row.error ?? 'OK', row.outcome ?? 'returned'].join(' ')
  const { unaccounted, lost } = agent.books()
  return {
    counted: Object.fromEntries(mine.map((row): [string, number] => [key(row), row.calls]).sort()),
    unaccounted: `${unaccounted}`,
    lost,
    birth: birthOf(agent, ids[0]!),
    needs,
    programs: costs(agent),
  }
}

function birthOf(agent: AccountingHarness, id: bigint): ModeResult['birth'] {
  if (!agent.born.has(id)) return 'none'
  return agent.born.get(id)?.startsWith('swoll-matrix-') ? 'name' : 'no name'
}

function costs(agent: AccountingHarness): ModeResult['programs'] {
  const programs = [...agent.accounting.programInfo()]
  return Object.fromEntries(
    programs.map(([name, info]) => [name, [info.verifiedInstructions, info.translatedBytes]]),
  )
}

/** A file that is not there, and that the traced shell looks for from a folder of another file system than the root's. */
export const TRACED_PATH = '/proc/swoll-missing'
export const TRACED_FOLDER = '/proc/sys/kernel'
/** Stands for the folder of a pipe that is waited for. */
const WAITING_FOLDER = '/tmp/folder'
const LOOKS = 300
const LOOK_MS = 100
/** What it does before it waits takes less. */
const LEAST_NS = 50e6

/** Traces a shell that looks for a file that is not there, and one that waits. */
async function trace(): Promise<TraceResult> {
  try {
    const session = openSession()
    try {
      const calls = traceMissing(session)
      const inFlight = await lookAtWaiting(session)
      const programs = Object.fromEntries(
        session
          .programInfos()
          .map(([name, info]) => [name, [info.verifiedInstructions, info.translatedBytes] as const]),
      )
      const canRead = session.readingOfOthers?.isPossible === true
      return { calls, inFlight, canRead, refusal: null, programs }
    } finally {
      void session.close()
    }
  } catch (error) {
    return { calls: [], inFlight: [], canRead: false, refusal: (error as Error).message, programs: {} }
  }
}

function traceMissing(session: TraceSession): string[] {
  const subscription = session.subscribe({
    name: 'matrix',
    wantsCall: name => /^(openat|exit_group)$/.test(name),
    wants: () => 'yes',
  })
  spawnSync('sh', ['-c', `cd ${TRACED_FOLDER}; : <${TRACED_PATH}; exit 7`])
  const calls: string[] = []
  subscription.end().visit(session.abis, { call: call => calls.push(printCall(call)) })
  return calls.filter(text => text.includes(TRACED_PATH))
}

/** Looks often enough at a process that opens a pipe which nobody writes to: it may not have got so far. */
async function lookAtWaiting(session: TraceSession): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-matrix-'))
  const child = spawn('sh', ['-c', 'mkfifo "$0/pipe" && exec cat "$0/pipe"', folder], { stdio: 'ignore' })
  try {
    for (let look = 0; look < LOOKS; look++) {
      const seen: string[] = []
      const subscription = session.subscribe({
        name: 'matrix',
        wantsCall: name => name === 'openat',
        wants: () => 'yes',
        inFlight: { isAlone: true, minNs: LEAST_NS },
      })
      subscription.end().visit(session.abis, {
        call() {},
        inFlight: (call, thread) => {
          if (thread.comm === 'cat') seen.push(printCall(call).replace(folder, WAITING_FOLDER))
        },
      })
      if (seen.length > 0) return seen
      await delay(LOOK_MS)
    }
    return []
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

function lockdown(): string {
  const path = '/sys/kernel/security/lockdown'
  return existsSync(path) ? /\[(\w+)\]/.exec(readFileSync(path, 'utf8'))![1]! : 'none'
}

if (import.meta.main) {
  const [layout = '', modes = '', ...workloads] = process.argv.slice(2)
  const hierarchy = readHierarchy()
  const results: Partial<Record<Latency, ModeResult>> = {}
  for (const mode of modes.split(',') as Latency[]) results[mode] = await runMode(mode, hierarchy, workloads)
  const result: Result = {
    layout,
    kernel: release(),
    lockdown: lockdown(),
    hierarchy: hierarchy.controller ?? 'v2',
    modes: results,
    trace: await trace(),
  }
  process.stdout.write(`${PREFIX}${JSON.stringify(result)}\n`)
}
