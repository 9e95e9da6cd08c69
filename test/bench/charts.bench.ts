/**
 * What the charts exporter costs an agent: memory and processor time with 100,000 series, without viewers, with ten of the same view, and with ten that
 * each look at something else. Batches are given to the exporters as the receiver gives them; each variant is a process of its own.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { toTable } from './kit/table.ts'

const WORKER = fileURLToPath(new URL('kit/charts-worker.ts', import.meta.url))
const SERIES = 100_000
const COLLECTIONS = 30
/** Of an agent as shipped. */
const INTERVAL_S = 10

interface Measured {
  readonly cpuSeconds: number
  readonly rssMiB: number
  readonly backMinutes: number
  readonly slowestMs: number
}

/** `share`: series that had calls since the last collection. `viewers`: 0, or ten who look at `same` or `other` things. */
async function measure(
  charts: boolean,
  share: number,
  viewers: 'none' | 'same' | 'other',
): Promise<Measured> {
  const options = JSON.stringify({ series: SERIES, collections: COLLECTIONS, share, charts, viewers })
  const worker = fork(WORKER, [options], { execArgv: ['--expose-gc'] })
  const [message] = await once(worker, 'message')
  await once(worker, 'exit')
  return message as Measured
}

const rows: string[][] = []
for (const share of [0.1, 1]) {
  const plain = await measure(false, share, 'none')
  for (const viewers of ['none', 'same', 'other'] as const) {
    const with_ = await measure(true, share, viewers)
    const core = (100 * (with_.cpuSeconds - plain.cpuSeconds)) / (COLLECTIONS * INTERVAL_S)
    rows.push([
      `${100 * share} % busy, ${viewers === 'none' ? 'no viewers' : `ten viewers, ${viewers} views`}`,
      (with_.rssMiB - plain.rssMiB).toFixed(1),
      core.toFixed(2),
      with_.slowestMs.toFixed(0),
      with_.backMinutes.toFixed(0),
    ])
  }
}

process.stdout.write(`${SERIES} series, a collection every ${INTERVAL_S} s, against the same agent without the exporter charts.

${toTable(['series, viewers', 'MiB more', '% of a core', 'slowest answer, ms', 'minutes kept'], rows)}

Goals: 20 MiB, 5 % of a core.
`)
