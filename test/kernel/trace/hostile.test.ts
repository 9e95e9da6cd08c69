/** Calls made to confuse whoever watches: nothing crashes, what is shown can be printed, and what is missing of it is marked. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { printable } from '../../../trace/formats/printable.ts'
import { requireBpf } from '../../kit/skip.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { assertCounted } from '../kit/exact.ts'
import { runWorkload } from '../kit/workload.ts'
import { type Call, TestTracing, toRows } from './kit/tracing.ts'

requireBpf()

/** Calls that race with a thread that rewrites their path. */
const RACES = 10_007
const PRINTABLE = /^[\x20-\x7e]*$/

async function traceHostile(): Promise<readonly Call[]> {
  await using tracing = new TestTracing({ withTexts: true, stringBytes: 64, payloadBytes: 64 })
  await using cgroup = Cgroup.create()
  const job = tracing.watch(cgroup)
  const report = await runWorkload(cgroup, 'hostile', String(RACES))
  const calls = await tracing.callsOf(job)
  assert.is(tracing.lost, 0, 'nothing is lost')
  assertCounted(toRows(calls), cgroup.id, report)
  return calls
}

const s = suite('calls with hostile memory')
s(
  'are shown in printable characters, with marks where memory could not be read or does not end',
  async () => {
    const calls = await traceHostile()
    const unprintable = calls.filter(
      ({ text, thread }) => !PRINTABLE.test(text) || /\p{Cc}/u.test(printable(thread.comm)),
    )
    assert.equal(
      unprintable.map(({ text }) => text),
      [],
    )
    // Without what descriptors refer to, which depends on where the test runs.
    const texts = calls.map(({ text }) => text.replace(/<[^,]*>(?=,)/g, ''))
    for (const wanted of [
      'openat(AT_FDCWD, 0xdeadbeefdeadbeef, O_RDONLY) = -1 EFAULT (Bad address)',
      'openat(AT_FDCWD, 0xffffffff81000000, O_RDONLY) = -1 EFAULT (Bad address)',
      'writev(1, 0x8, 5) = -1 EFAULT (Bad address)',
      'execve("/nonexistent", 0x10, 0x18) = -1 ENOENT (No such file or directory)',
      'openat(AT_FDCWD, "/\\377\\376\\303(", O_RDONLY) = -1 ENOENT (No such file or directory)',
      'openat(AT_FDCWD, "/\\33[31mred\\r\\n\\7\\177", O_RDONLY) = -1 ENOENT (No such file or directory)',
      'prctl(PR_SET_NAME, "\\33[2J\\nevil\\377") = 0',
    ])
      assert.ok(texts.includes(wanted), wanted)
    const long = texts.find(text => text.includes('ENAMETOOLONG'))!
    assert.match(long, /^openat\(AT_FDCWD, "\/a{4000,4095}"\.\.\., O_RDONLY\) = -1 ENAMETOOLONG/)
    const raced = calls.filter(({ text }) => /"\/[a-z/]{13}", O_RDONLY\)/.test(text))
    assert.ok(raced.length >= RACES, `${raced.length} of ${RACES} paths are whole, though they changed`)
  },
)
s.run()
