/**
 * VictoriaLogs, a store of logs that takes OTLP, on a free port, with its data in a folder that goes with it. Built once with Go from
 * the modules that test/fixtures/victoria-logs pins (about 30 s on two cores).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as assert from 'uvu/assert'
import { freePort } from '../../kit/free-port.ts'
import { GoProgram } from '../../kit/go-program.ts'
import { type Lack, lacksCommand } from '../../kit/skip.ts'
import { Daemon } from './kubernetes/daemon.ts'
import { waitFor } from './kubernetes/wait.ts'

const PROGRAM = new GoProgram({
  name: 'victoria-logs',
  folder: join(import.meta.dirname, '../../fixtures/victoria-logs'),
  package: 'github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs',
})

/** Returns why VictoriaLogs cannot run here. Downloads its modules if they are missing. */
export function lacksVictoriaLogs(): Lack {
  return lacksCommand('setpriv') ?? PROGRAM.lacks()
}

/** One row of a query's answer: a record or a group, by field. Every value is a text; empty ones are left out. */
type LogRow = Readonly<Record<string, string>>

/** The values of the fields that a group is of, with spaces between, → its number. */
type Counts = Readonly<Record<string, number>>

interface VictoriaLogs extends AsyncDisposable {
  /** The address for logs by OTLP over HTTP. */
  readonly otlpUrl: string
  /** Returns the present answer to a LogsQL query. Stored records can be found a second or two after they were accepted. */
  query(logsQl: string): Promise<LogRow[]>
  /** Waits until the records that a filter finds are as many by these fields, and no others. Without fields the key is empty. */
  shows(filter: string, by: readonly string[], counts: Counts): Promise<void>
}

/** Resolves once it is ready to be asked. */
export async function startVictoriaLogs(): Promise<VictoriaLogs> {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-victoria-logs-'))
  const address = `127.0.0.1:${await freePort()}`
  const daemon = await Daemon.start({
    name: 'VictoriaLogs',
    command: PROGRAM.path(),
    args: [`-httpListenAddr=${address}`, `-storageDataPath=${folder}/data`],
    logFile: join(folder, 'victoria-logs.log'),
    isReady: async () => (await fetch(`http://${address}/health`)).ok,
  })
  return {
    otlpUrl: `http://${address}/insert/opentelemetry/v1/logs`,
    query: logsQl => query(address, logsQl),
    async shows(filter, by, counts) {
      let last: Counts = {}
      await waitFor(filter, async () => {
        last = await count(address, filter, by)
        return isDeepStrictEqual(last, counts)
      }).catch(() => assert.equal(last, counts, filter))
    },
    async [Symbol.asyncDispose]() {
      await daemon.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function query(address: string, logsQl: string): Promise<LogRow[]> {
  const body = new URLSearchParams({ query: logsQl })
  const answer = await fetch(`http://${address}/select/logsql/query`, { method: 'POST', body })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${logsQl}: ${text}`)
  return text
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as LogRow)
}

async function count(address: string, filter: string, by: readonly string[]): Promise<Counts> {
  const rows = await query(address, `${filter} | stats by (${by}) count() calls`)
  const keyOf = (row: LogRow) => by.flatMap(field => row[field] ?? []).join(' ')
  return Object.fromEntries(rows.map(row => [keyOf(row), Number(row.calls)]))
}
