/** Jobs created, renewed, deleted, ended and restarted at random: at every step the kernel side has those that run, and no other. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NewJob } from '../../../trace/jobs/job.ts'
import { JobStore } from '../../../trace/jobs/store.ts'
import { nopLogger } from '../../kit/context.ts'
import { seeded } from '../../kit/random.ts'
import { ring } from '../session/fake-tracing.ts'
import { anyClose, close, fakeTable, who } from './fake-machine.ts'

const NEVER = new AbortController().signal
const STEPS = 1500
const CODES = new Set(['TRACE_JOB_EXISTS', 'TRACE_JOB_DIFFERS', 'TRACE_JOB_LIMIT', 'TRACE_JOB_STOPPED'])

type Rig = ReturnType<typeof fakeTable>

function open(directory: string): Rig & { readonly store: JobStore } {
  const store = new JobStore(directory, nopLogger)
  return { ...fakeTable({ jobs: 12, jobsPerOwner: 7, finishedJobs: 5 }, { store }), store }
}

function countBits(bits: bigint): number {
  return bits.toString(2).replaceAll('0', '').length
}

async function check({ table, tracing, store }: ReturnType<typeof open>, directory: string): Promise<void> {
  const jobs = table.list()
  const running = jobs.filter(job => !job.isOver)
  assert.is(countBits(tracing.jobs.active_jobs ?? 0n), running.length)
  assert.is(tracing.isAttached, running.length > 0)
  assert.ok(running.length <= 12 && jobs.length - running.length <= 5)
  await store.settled(NEVER)
  const kept = running.filter(({ spec }) => spec.persistent).length
  assert.is(readdirSync(directory).length, kept, 'a file for each persistent job that runs')
}

const s = suite('jobs at random')
for (const seed of [1, 2, 3])
  s(`leave nothing behind, and nobody out (seed ${seed})`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'swoll-random-'))
    const random = seeded(seed)
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
    let rig = open(directory)
    let ns = 1
    const given = (): NewJob & { id: string } => {
      const [duration, calls] = [pick([undefined, '1s', '5s']), pick([undefined, 3, 1000])]
      const spec = {
        persistent: random() < 0.5,
        ...(duration && { duration }),
        ...(calls && { budget: { calls } }),
        sampleRate: pick([0, 1, 10]),
      }
      const id = pick(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n'])
      const leaseMs = pick([undefined, 2000])
      return { ...anyClose({ id, owner: pick(['me', 'you']), spec }), leaseMs }
    }
    const steps: readonly (() => Promise<unknown>)[] = [
      () => rig.table.create(given()),
      () => Promise.allSettled([rig.table.ensure(given()), rig.table.ensure(given()), rig.table.remove('a')]),
      () => rig.table.remove(given().id),
      () => rig.clock.advance(pick([60, 600, 3000])),
      async () => {
        ns += 2
        rig.tracing.rings = [ring(who, close(ns, random() < 0.5 ? 0xffn : 0xfff00n))]
        await rig.look()
      },
      async () => {
        if (random() < 0.9) return
        await rig.table.close(NEVER)
        assert.is(rig.tracing.isAttached, false)
        rig = open(directory)
        await rig.table.restore()
      },
    ]
    try {
      for (let n = 0; n < STEPS; n++) {
        await pick(steps)().catch(error => assert.ok(CODES.has(error.code), String(error)))
        if (n % 10 === 0) await check(rig, directory)
      }
      for (const { id } of rig.table.list()) await rig.table.remove(id)
      await check(rig, directory)
      assert.equal(readdirSync(directory), [])
      await rig.table.close(NEVER)
      assert.equal([rig.opened.released, rig.clock.pending()], [rig.opened.sessions, 0])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
s.run()
