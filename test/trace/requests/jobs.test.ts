import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abisOf } from '../../../kernel/settings.ts'
import { CALL_NUMBERS } from '../../../native/generated/trace-layout.ts'
import { type JobSpec, Jobs, toBits } from '../../../trace/requests/jobs.ts'
import type { Wanted } from '../../../trace/requests/targets.ts'

const spec = (more: Partial<JobSpec> = {}): JobSpec => ({ name: 'job', wantsCall: () => true, ...more })
const answer = (wanted: Wanted) => spec({ wants: () => wanted })
const RESOURCE = { id: 'r', attributes: {} }

const s = suite('Jobs')
s('gives each job the number that was free longest', () => {
  const jobs = new Jobs()
  const [first, second] = [jobs.add(spec()), jobs.add(spec())]
  assert.equal([first.number, second.number], [0, 1])
  assert.ok(jobs.remove(first))
  assert.not(jobs.remove(first))
  assert.is(jobs.add(spec()).number, 2)
  assert.is(jobs.bits(), 6n)
  for (let i = 3; i < 64; i++) jobs.add(spec())
  assert.is(jobs.add(spec()).number, 0)
})
s('refuses a 65th', () => {
  const jobs = new Jobs()
  for (let i = 0; i < 64; i++) jobs.add(spec())
  assert.throws(() => jobs.add(spec({ name: 'one more' })), /one more: at most 64 jobs/)
})
s('tells who wants a resource, and who cannot tell', () => {
  const jobs = new Jobs()
  for (const wanted of ['yes', 'no', 'unknown'] as const) jobs.add(answer(wanted))
  for (let i = 3; i < 40; i++) jobs.add(spec())
  jobs.add(answer('yes'))
  const { wanted, undecided } = jobs.wanting(RESOURCE, '/')
  assert.is(toBits(wanted), 1n | (1n << 40n))
  assert.is(toBits(undecided), 4n)
})
s('tells who wants a call, in each ABI by its own number', () => {
  const jobs = new Jobs()
  jobs.add(spec({ wantsCall: name => name === 'read' }))
  jobs.add(spec({ wantsCall: name => name.startsWith('syscall_0x') }))
  const bits = jobs.byCall(abisOf('x64'))
  assert.is(bits[0], 1n, 'read of x86-64 is 0')
  assert.is(bits[CALL_NUMBERS + 3], 1n, 'read of i386 is 3')
  assert.is(bits[CALL_NUMBERS - 1], 2n, 'the last stands for all that have no name')
})
s.run()
