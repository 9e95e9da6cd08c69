/**
 * An OTLP server that is away for some minutes, with the sending queue in memory and on disk, and the process killed at the end of it or not:
 * memory, disk, CPU time, what arrives, and how long that takes. `node test/bench/outage.bench.ts [minutes]`, 0.2 by default. All four at once;
 * each offers 500 log records a second.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeLogs, toOtlpLogRecords } from '../kit/otlp-events.ts'
import { startOtlpServer } from '../kit/otlp-server.ts'
import { toTable } from './kit/table.ts'

/** What the process says of itself, see kit/outage-agent.ts. */
export interface Report {
  readonly rssBytes: number
  readonly cpuMs: number
  readonly queueMemory: number
  readonly fileBytes: number
  readonly waiting: number
  readonly offered: number
}

const PROGRAM = join(import.meta.dirname, 'kit/outage-agent.ts')
const minutes = Number(process.argv[2] ?? 0.2)
const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1)

async function ask(child: ChildProcess, command: string): Promise<Report> {
  const answer = once(child, 'message')
  child.send(command)
  return (await answer)[0] as Report
}

const start = async (port: number, folder: string) => {
  const child = fork(PROGRAM, [`${port}`, folder])
  await once(child, 'message')
  return child
}

async function run(what: string, { onDisk, isKilled }: { onDisk: boolean; isKilled: boolean }) {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-outage-'))
  let isDown = true
  await using server = await startOtlpServer({
    reply: () => (isDown ? { code: 14, details: 'away' } : undefined),
  })
  let child = await start(server.port, onDisk ? folder : '')
  const before = await ask(child, 'offer')
  await new Promise(resolve => setTimeout(resolve, minutes * 60_000))
  const after = await ask(child, 'pause')
  if (isKilled) {
    child.kill('SIGKILL')
    await once(child, 'close')
    child = await start(server.port, onDisk ? folder : '')
  }
  isDown = false
  const startedMs = performance.now()
  while ((await ask(child, 'report')).waiting > 0) await new Promise(resolve => setTimeout(resolve, 50))
  const seconds = (performance.now() - startedMs) / 1000
  child.kill('SIGKILL')
  const numbers = server.taken.flatMap(({ body }) =>
    toOtlpLogRecords(decodeLogs(body)).map(({ body }) => body),
  )
  const distinct = new Set(numbers).size
  rmSync(folder, { recursive: true })
  return [
    what,
    `${after.offered}`,
    `${after.offered - distinct}`,
    `${numbers.length - distinct}`,
    mib(after.queueMemory),
    mib(after.fileBytes),
    mib(after.rssBytes - before.rssBytes),
    ((after.cpuMs - before.cpuMs) / minutes / 600).toFixed(2),
    seconds.toFixed(1),
  ]
}

const rows = await Promise.all([
  run('memory', { onDisk: false, isKilled: false }),
  run('disk', { onDisk: true, isKilled: false }),
  run('memory, killed', { onDisk: false, isKilled: true }),
  run('disk, killed', { onDisk: true, isKilled: true }),
])
const head = 'queue, offered, missing, twice, memory MB, files MB, RSS more MB, CPU %, sent in s'.split(', ')
process.stdout.write(`server away for ${minutes} min\n${toTable(head, rows)}\n`)
