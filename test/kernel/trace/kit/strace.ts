/** Has strace and our tracing watch the same run of a program at once, and returns both views. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { printCall } from '../../../../syscalls/decode/print.ts'
import type { EventBatch } from '../../../../trace/events/events.ts'
import { openSession } from '../../../../trace/host.ts'
import type { TraceSession } from '../../../../trace/session/session.ts'
import { endAll, takeAll } from '../../../../trace/session/take-all.ts'

/** Lines of each thread, in order. */
export type Lines = Map<number, string[]>

export interface BothViews {
  readonly strace: Lines
  readonly ours: Lines
  readonly lost: number
}

/** Bytes of strings and data that both show. */
const LIMIT = 256
const LOOK_MS = 50
/** Waits for a line on descriptor 3 and becomes strace. */
const WAITING = 'read _ <&3; exec 3<&-; exec "$@"'

/** Runs a command under both. Structs are shown whole, but lists of directory entries; environments not at all. */
export async function watchBoth(command: readonly string[], limitMs = 120_000): Promise<BothViews> {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-strace-'))
  const file = join(folder, 'strace.txt')
  const abbreviated = 'abbrev=execve,execveat,getdents,getdents64,seccomp'
  const strace = [
    'strace',
    '-f',
    '-yy',
    '-s',
    String(LIMIT),
    '-e',
    abbreviated,
    '-e',
    'signal=none',
    '-o',
    file,
  ]
  const session = openSession({ ringBytes: 2 ** 24, stringBytes: LIMIT, payloadBytes: LIMIT })
  try {
    const child = spawn('sh', ['-c', WAITING, 'sh', ...strace, ...command], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
      env: { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' },
    })
    const ours = await traceUntilEnd(session, child, limitMs)
    return { strace: readStrace(readFileSync(file, 'utf8')), ...ours }
  } finally {
    await session.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function traceUntilEnd(
  session: TraceSession,
  child: ChildProcess,
  limitMs: number,
): Promise<{ ours: Lines; lost: number }> {
  const ours: Lines = new Map()
  let lost = 0
  const read = (batch: EventBatch): void => {
    batch.visit(session.abis, { call: (call, { nsTid }) => addLine(ours, nsTid, printCall(call)) })
    for (const { events } of batch.gaps) lost += events
  }
  const subscription = session.subscribe({ name: 'strace', wantsCall: () => true, pids: [child.pid!] })
  const timer = setInterval(() => takeAll(subscription, read), LOOK_MS)
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs)
  ;(child.stdio[3] as Writable).write('\n')
  await once(child, 'exit')
  clearInterval(timer)
  clearTimeout(limit)
  await delay(LOOK_MS)
  endAll(subscription, read)
  return { ours, lost }
}

function addLine(lines: Lines, tid: number, line: string): void {
  const known = lines.get(tid)
  if (known) known.push(line)
  else lines.set(tid, [line])
}

/** The calls of a file that `strace -f -o` wrote, those in two pieces joined. */
function readStrace(text: string): Lines {
  const lines: Lines = new Map()
  const begun = new Map<number, string>()
  for (const line of text.split('\n')) {
    const [, id, rest] = /^(\d+) +(.*)$/.exec(line) ?? []
    if (id === undefined || rest === undefined || /^(---|\+\+\+)/.test(rest)) continue
    const tid = Number(id)
    const unfinished = /^(.*?) ?<unfinished \.\.\.>$/.exec(rest)
    if (unfinished) {
      begun.set(tid, unfinished[1]!)
      continue
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)
    const whole = resumed ? `${begun.get(tid) ?? ''}${resumed[1]}` : rest
    begun.delete(tid)
    addLine(lines, tid, whole.replace(/\) +=/, ') ='))
  }
  return lines
}
