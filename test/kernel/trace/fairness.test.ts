/** Who floods the rings loses events, and is said to; who shares them with a flood does not. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Gap } from '../../../trace/events/events.ts'
import { openSession } from '../../../trace/host.ts'
import { requireBpf } from '../../kit/skip.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { runWorkload, Workload } from '../kit/workload.ts'
import { TestTracing } from './kit/tracing.ts'

requireBpf()

const QUIET_CALLS = 1009
/** The quiet one rests for a millisecond after each call: its share of a ring lasts for half a second. */
const BURST = 1
const wantsCall = (name: string): boolean => name === 'getppid'

/** Gaps of cgroups that have a name. What is born elsewhere on the machine meanwhile may be the job's, until it is known. */
function named(gaps: readonly Gap[]): Gap[] {
  return gaps.filter(({ resource }) => resource !== undefined)
}
/** Returns the place and reason of each gap. */
function sourcesOf(gaps: readonly Gap[]): string[] {
  const sources = gaps.map(
    ({ resource, reason }) => `${resource?.attributes['process.linux.cgroup']} ${reason}`,
  )
  return [...new Set(sources)]
}
const sum = (gaps: readonly Gap[]): number => gaps.reduce((events, gap) => events + gap.events, 0)

const flood = suite('a flood on every CPU')
flood('takes nothing from a quiet neighbour, and loses its own', async () => {
  await using tracing = new TestTracing({ ringBytes: 2 ** 19, queueBytes: 2 ** 18 })
  await using cgroup = Cgroup.create()
  await using crowded = Cgroup.create()
  const paths = [cgroup, crowded].map(({ name }) => `/${name}`)
  const both = tracing.add({ wantsCall, wants: (_, path) => (paths.includes(path) ? 'yes' : 'no') })
  assert.equal(await tracing.callsOf(both), [], 'nothing yet; both cgroups are known by now')
  const spinner = Workload.start(crowded, 'spinner', '60')
  await spinner.ready()
  const quiet = Workload.start(cgroup, 'paced', String(QUIET_CALLS), String(BURST))
  await quiet.ready()
  await quiet.end()
  const flooded = (await spinner.end()).expected[0]!.calls
  const calls = await tracing.callsOf(both)
  const ofCgroup = (id: bigint) => calls.filter(call => call.cgroup === id).length
  const gaps = named(tracing.gaps)
  assert.equal(sourcesOf(gaps), [`/${crowded.name} share_full`])
  assert.is(ofCgroup(cgroup.id), QUIET_CALLS)
  const lost = sum(gaps)
  assert.is(ofCgroup(crowded.id) + lost, flooded, 'each call of the flood is seen or lost')
  assert.ok(lost > 1000 && lost < flooded, `${lost} of ${flooded} lost`)
  process.stdout.write(`${QUIET_CALLS} quiet calls seen; of ${flooded} calls of the flood ${lost} lost\n`)
})
flood.run()

const limit = suite('a limit of the rate')
limit('lets so many through per second, and counts the others', async () => {
  const [made, perSecond] = [20_011, 1000]
  await using tracing = new TestTracing()
  await using cgroup = Cgroup.create()
  const job = tracing.watch(cgroup, { wantsCall }, { callsPerSecond: perSecond })
  assert.equal(await tracing.callsOf(job), [], 'nothing yet; the cgroup is known by now')
  await runWorkload(cgroup, 'paced', String(made), '1009')
  const calls = await tracing.callsOf(job)
  const gaps = named(tracing.gaps)
  assert.is(calls.length + sum(gaps), made)
  assert.equal(sourcesOf(gaps), [`/${cgroup.name} rate_limited`])
  // The run may lie in several seconds.
  assert.is(calls.length % perSecond, 0)
  assert.ok(calls.length >= perSecond)
})
limit('says nothing of the calls of others, whom nobody knew yet', async () => {
  const session = openSession({ ringBytes: 2 ** 24 })
  try {
    const job = session.subscribe({ name: 'test', wantsCall, wants: () => 'no' }, { callsPerSecond: 1000 })
    await using cgroup = Cgroup.create()
    await runWorkload(cgroup, 'paced', '20011', '1009')
    assert.equal(sourcesOf(job.take().gaps), [])
    assert.equal(sourcesOf(job.end().gaps), [])
  } finally {
    await session.close()
  }
})
limit.run()
