/** Each call, and each end of a thread, carries who made it as it was at that moment, however often it changes and on whatever CPU. */
import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireBpf } from '../../kit/skip.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { workloadPath } from '../kit/workload.ts'
import { type Call, TestTracing } from './kit/tracing.ts'

requireBpf()

const THREADS = 3
const ROUNDS = 5003

/** Returns the facts about the caller, in the order of the arguments of `facts` behind the first. */
function seenBy({ thread }: Call): number[] {
  const { comm, uid, utsNs, ipcNs, cgroupNs } = thread
  return [Number(comm.replace('n-', '')), uid, utsNs, ipcNs, cgroupNs]
}

async function trace(program: string, args: readonly string[], names: readonly string[]) {
  await using tracing = new TestTracing()
  await using cgroup = Cgroup.create()
  const job = tracing.watch(cgroup, { wantsCall: name => names.includes(name) })
  const { status } = spawnSync(workloadPath('enter-cgroup'), [cgroup.path, workloadPath(program), ...args])
  const calls = await tracing.callsOf(job)
  assert.equal([status, tracing.lost], [0, 0])
  return { calls, ends: tracing.ends }
}

const s = suite('who made a call')
s('is known as of the call, and of the end', async () => {
  const { calls, ends } = await trace('facts', [`${THREADS}`, `${ROUNDS}`], ['close', 'fsync'])
  const marked = calls.filter(({ given }) => given[0] === 0xffff_ffff_ffff_fffen)
  assert.is(marked.length, THREADS * ROUNDS)
  const wrong = marked.filter(call => call.given.slice(1).map(Number).join() !== seenBy(call).join())
  assert.equal(
    wrong.slice(0, 3).map(call => [call.given.slice(1).map(Number), seenBy(call)]),
    [],
    `${wrong.length} calls under the facts of another`,
  )
  const last = marked.filter(({ syscall }) => syscall === 'fsync')
  assert.is(last.length, THREADS)
  for (const { thread } of last) {
    const end = ends.find(end => end.end.tid === thread.tid)
    assert.equal([end?.thread.comm, end?.thread.uid], [`n-${ROUNDS}`, thread.uid])
  }
})
s.run()
