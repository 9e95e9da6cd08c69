/** Calls of jobs in files: whole lines, in bounded space, and gone with the job. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Encoded } from '../../../trace/jobs/encode.ts'
import { JobFile } from '../../../trace/jobs/job-file.ts'
import { JobFiles } from '../../../trace/jobs/job-files.ts'
import type { RunningJob } from '../../../trace/jobs/running-job.ts'
import { nopLogger } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'
import { ring } from '../session/fake-tracing.ts'
import { anyClose, close, fakeTable, who } from './fake-machine.ts'

const NEVER = new AbortController().signal

function folder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'swoll-files-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
const toFile = (id = 'a', spec: object = {}) => anyClose({ id, spec: { output: ['logs', 'file'], ...spec } })
const seqs = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line).seq)

const s = suite('files of jobs')
s('have the lines of their job alone, as those who watch get them', async () => {
  using kept = folder()
  const { table, tracing, look } = fakeTable({}, { files: { directory: kept.path, maxBytes: 1e6 } })
  await table.create(toFile())
  await table.create(anyClose({ id: 'b' }))
  tracing.rings = [ring(who, close(1, 3n), close(2, 1n), close(3, 2n))]
  await look()
  await table.close(NEVER)
  assert.equal(readdirSync(kept.path), ['a.jsonl'])
  assert.equal(seqs(join(kept.path, 'a.jsonl')), [1, 2])
  assert.is(statSync(join(kept.path, 'a.jsonl')).mode & 0o777, 0o600)
})
s('have no more than the budget, and go with the job', async () => {
  using kept = folder()
  const { table, tracing, look } = fakeTable({}, { files: { directory: kept.path, maxBytes: 1e6 } })
  const job = await table.create(toFile('a', { budget: { bytes: 1700 } }))
  tracing.rings = [ring(who, close(1), close(2), close(3), close(4))]
  await look()
  await table.remove('a')
  assert.ok(job.status().calls < 4)
  assert.equal(readdirSync(kept.path), [])
})
s('of a job whose id another had come when that file is gone', async () => {
  using kept = folder()
  const files = new JobFiles({ directory: kept.path, maxBytes: 1e9 }, nopLogger)
  const [one, other] = [1, 2].map(
    () =>
      ({
        id: 'a',
        spec: { output: ['file'] },
        counts: { addOutputLoss() {} },
        setTrouble() {},
      }) as unknown as RunningJob,
  ) as [RunningJob, RunningJob]
  await files.add(one)
  const bytes = Buffer.alloc(7 * 2 ** 20)
  const chunk = { firstSeq: 1, count: 1, bytes, offsets: Uint32Array.of(0, bytes.length) }
  files.write(one, { chunks: [chunk] } as unknown as Encoded, 1)
  const gone = files.forget(one)
  await files.add(other)
  assert.equal(readdirSync(kept.path), [])
  await gone
})
s('are renamed once when they are full, and take no more than twice their size', async () => {
  using kept = folder()
  const path = join(kept.path, 'x.jsonl')
  const file = new JobFile({ path, maxBytes: 1000, onLost: () => {} })
  for (let n = 0; n < 50; n++) {
    const bytes = Buffer.from(`{"seq":${n},"x":"${'y'.repeat(80)}"}\n`)
    file.add({ firstSeq: n, count: 1, bytes, offsets: Uint32Array.of(0, bytes.length) })
    await file.close()
  }
  assert.equal(readdirSync(kept.path).sort(), ['x.jsonl', 'x.jsonl.1'])
  const all = [...seqs(`${path}.1`), ...seqs(path)]
  assert.is(all.at(-1), 49)
  assert.equal(
    all,
    Array.from({ length: all.length }, (_, i) => 50 - all.length + i),
  )
  assert.ok(statSync(path).size <= 1000 && statSync(`${path}.1`).size <= 1000)
})
s('lose what a full disk does not take, count it, and go on', async () => {
  const lost: string[] = []
  const file = new JobFile({
    path: '/dev/full',
    maxBytes: 1000,
    onLost: (lines, error) => lost.push(`${lines} ${(error as NodeJS.ErrnoException).code}`),
  })
  const bytes = Buffer.from('{}\n{}\n')
  assert.is(file.add({ firstSeq: 1, count: 2, bytes, offsets: Uint32Array.of(0, 3, 6) }), 0)
  await file.close()
  assert.equal(lost, ['2 ENOSPC'])
  const large = { firstSeq: 3, count: 7, bytes: Buffer.alloc(9 * 2 ** 20), offsets: new Uint32Array(8) }
  assert.is(file.add(large), 7, 'more than may wait')
  await file.close()
})
s('are refused where there can be none', async () => {
  await rejects(fakeTable().table.create(toFile()), 'TRACE_JOB_REFUSED')
  const nowhere = fakeTable({}, { files: { directory: '/proc/nowhere', maxBytes: 1e6 } })
  await rejects(nowhere.table.create(toFile()), 'TRACE_JOB_REFUSED')
  assert.equal(nowhere.table.list(), [])
})
s('say what is wrong with them as long as it is', async () => {
  using kept = folder()
  const directory = join(kept.path, 'jobs')
  const { table, tracing, look } = fakeTable({}, { files: { directory, maxBytes: 1e6 } })
  const job = await table.create(toFile())
  const told = async (endNs: number, isToBe: boolean) => {
    tracing.rings = [ring(who, close(endNs))]
    await look()
    for (let n = 0; n < 500 && (job.status().message !== undefined) !== isToBe; n++) await delay(10)
    return job.status().message
  }
  rmSync(directory, { recursive: true })
  assert.match((await told(1, true))!, /^not written: ENOENT/)
  mkdirSync(directory)
  assert.is(await told(2, false), undefined)
  assert.equal(job.status().lost, { output_full: 1 })
  await table.close(NEVER)
})
s('of earlier agents are kept, but not for ever', async () => {
  using kept = folder()
  for (let n = 0; n < 70; n++) writeFileSync(join(kept.path, `old${n}.jsonl`), '')
  const { table } = fakeTable({}, { files: { directory: kept.path, maxBytes: 1e6 } })
  await table.create(toFile())
  assert.is(readdirSync(kept.path).length, 64)
  const long = 'x'.repeat(253)
  await table.create(toFile(long))
  assert.is(existsSync(kept.path), true)
  await table.close(NEVER)
})
s.run()
