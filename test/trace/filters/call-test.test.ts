import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OUTCOME_NO_RETURN } from '../../../native/generated/layout.ts'
import { createCallTest, createLateTest } from '../../../trace/filters/call-test.ts'
import type { CallFilter } from '../../../trace/requests/request.ts'
import { thread } from '../../kit/trace-batch.ts'
import { tracedCall } from '../../kit/traced-call.ts'

const who = thread({ uid: 1000, comm: 'nginx' })
const ANY: CallFilter = { minNs: 0, sample: 1 }
const missing = { call: 'close', ret: -2, startNs: 0n, endNs: 5_000_000n } as const
const fine = { call: 'close', ret: 0, startNs: 0n, endNs: 1000n } as const
const gone = { call: 'exit_group', outcome: OUTCOME_NO_RETURN } as const

const whole = suite('createCallTest')
for (const [name, words, filter, given, want] of [
  ['a call that is named', ['close'], {}, fine, true],
  ['another', ['read'], {}, fine, false],
  ['a class, with an exception', ['FileSystem', '!close'], {}, fine, false],
  ['its user', [], { uid: 1000 }, fine, true],
  ['another user', [], { uid: 0 }, fine, false],
  ['its name', [], { comm: 'nginx' }, fine, true],
  ['another name', [], { comm: 'ngin' }, fine, false],
  ['any error', [], { errors: [] }, missing, true],
  ['any error, none', [], { errors: [] }, fine, false],
  ['its error', [], { errors: ['EPERM', 'ENOENT'] }, missing, true],
  ['another error', [], { errors: ['EPERM'] }, missing, false],
  ['long enough', [], { minNs: 5_000_000 }, missing, true],
  ['too short', [], { minNs: 5_000_001 }, missing, false],
  ['success', [], { isSuccessful: true }, fine, true],
  ['success, an error', [], { isSuccessful: true }, missing, false],
  ['success, no return', [], { isSuccessful: true }, gone, false],
  ['error, no return', [], { errors: [] }, gone, false],
  ['all of them', ['close'], { uid: 1000, errors: ['ENOENT'], minNs: 1 }, missing, true],
  ['all but one of them', ['close'], { uid: 1000, errors: ['ENOENT'], comm: 'a' }, missing, false],
] as const)
  whole(`${name}: ${want}`, () => {
    const test = createCallTest(words, { ...ANY, ...filter })!
    assert.is(test(tracedCall(given), who), want)
  })
whole('needs no test where everything is wanted', () => {
  assert.is(createCallTest([], ANY), undefined)
})
whole('compares names of threads byte by byte', () => {
  const test = createCallTest([], { ...ANY, comm: 'ü' })!
  assert.ok(test(tracedCall(fine), thread({ comm: '\xc3\xbc' })))
})
whole('draws one of so many, of those that are wanted', () => {
  const drawn = [0.05, 0.1, 0.99]
  const test = createCallTest(['close'], { ...ANY, sample: 10 }, () => drawn.shift()!)!
  assert.not(test(tracedCall({ call: 'getpid' }), who))
  assert.equal(
    [1, 2, 3].map(() => test(tracedCall(fine), who)),
    [true, false, false],
  )
})
whole.run()

const late = suite('createLateTest')
late('is only of what the kernel side does not tell', () => {
  assert.is(createLateTest({ ...ANY, uid: 7, errors: ['EPERM'], minNs: 1e9 }), undefined)
  const test = createLateTest({ ...ANY, uid: 7, isSuccessful: true })!
  assert.equal(
    [fine, missing, gone].map(given => test(tracedCall(given), who)),
    [true, false, false],
  )
})
late.run()
