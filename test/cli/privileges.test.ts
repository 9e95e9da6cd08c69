import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Privileges } from '../../cli/privileges.ts'
import { toMask } from '../../pipeline/capabilities.ts'
import { recordingLogger } from '../kit/context.ts'

/** Privileges whose giving up is only noted. */
function createScene(failure?: Error) {
  const kept: bigint[] = []
  const privileges = new Privileges(mask => {
    kept.push(mask)
    if (failure) throw failure
  })
  return { privileges, kept, log: recordingLogger() }
}

const s = suite('Privileges')
s('gives up everything when nobody retains anything', () => {
  const { privileges, kept, log } = createScene()
  assert.is(privileges.areReduced, false)
  privileges.reduce(log)
  assert.equal([kept, privileges.areReduced], [[0n], true])
  assert.equal(log.lines, [{ level: 'info', fields: {}, message: 'All capabilities given up' }])
})
s('keeps what any component retains, and says which and why', () => {
  const { privileges, kept, log } = createScene()
  privileges.retain(['CAP_BPF'], 'receivers::ebpf: old kernel')
  privileges.retain(['CAP_BPF', 'CAP_PERFMON'], 'receivers::other: attaches')
  privileges.reduce(log)
  assert.equal(kept, [toMask(['CAP_BPF', 'CAP_PERFMON'])])
  assert.equal(log.lines[0]!.fields, {
    retained: ['CAP_BPF', 'CAP_PERFMON'],
    reasons: ['receivers::ebpf: old kernel', 'receivers::other: attaches'],
  })
})
s('goes on with a warning where it cannot', () => {
  const { privileges, log } = createScene(new Error('capset: Timer expired'))
  privileges.reduce(log)
  assert.is(privileges.areReduced, false)
  assert.is(log.lines[0]!.level, 'warn')
  assert.is(log.lines[0]!.fields.error, 'capset: Timer expired')
})
s.run()
