/**
 * Debian's stress-ng makes every system call with all kinds of bad arguments while all of it is traced: nobody crashes, and what
 * is seen and what is lost add up to what perf counts. SWOLL_STRESS_SECONDS=600 for ten minutes of each kind.
 * Not --sysinval, which Debian's disables since it may hang or reboot the machine.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, lacksCommand, requireAll } from '../../kit/skip.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { countCommandWithPerf } from '../kit/perf.ts'
import { TestTracing } from './kit/tracing.ts'

requireAll(lacksBpf(), lacksCommand('perf'), lacksCommand('stress-ng'))

const seconds = Number(process.env.SWOLL_STRESS_SECONDS ?? 5)

const stress = suite('stress-ng')
for (const stressor of ['sysbadaddr', 'enosys', 'syscall'])
  stress(`--${stressor} is traced, and the books balance`, async () => {
    let [seen, denied] = [0, 0]
    await using tracing = new TestTracing({
      stringBytes: 64,
      payloadBytes: 64,
      visit: call => {
        seen++
        if (call.outcome === 'denied') denied++
        assert.match(call.text, /^[\x20-\x7e]*$/)
      },
    })
    await using cgroup = Cgroup.create()
    const job = tracing.watch(cgroup)
    assert.equal(await tracing.callsOf(job), [], 'nothing yet; the cgroup is known by now')
    const command = ['/usr/bin/stress-ng', `--${stressor}`, '1', '--timeout', `${seconds}s`, '--quiet']
    const { enters } = await countCommandWithPerf(cgroup, command)
    await tracing.callsOf(job)
    const lost = tracing.gaps
      .filter(({ resource, reason }) => resource !== undefined && reason !== 'thread_end')
      .reduce((sum, { events }) => sum + events, 0)
    process.stdout.write(`--${stressor}: ${enters} calls, ${seen} seen, ${lost} lost\n`)
    assert.ok(seen > 1000)
    assert.is(seen - denied + lost, enters)
  })
stress.run()
