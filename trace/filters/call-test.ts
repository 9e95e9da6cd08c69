/** Tells the calls that a request wants: all it says, or what the kernel side cannot tell of it. */

import { memoized } from '../../pipeline/memoized.ts'
import { createCallSet } from '../../syscalls/call-set.ts'
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'
import { errnoOf } from '../../syscalls/tables/errnos.ts'
import type { ThreadFacts } from '../events/threads.ts'
import type { CallFilter } from '../requests/request.ts'
import { createPathTest } from './path-test.ts'

export type CallTest = (call: TracedCall, thread: ThreadFacts) => boolean

/** Returns a test for what the kernel side has not decided; undefined: nothing is left to decide. */
export function createLateTest({ isSuccessful, paths }: CallFilter): CallTest | undefined {
  const tests: CallTest[] = []
  if (isSuccessful) tests.push(call => call.hasReturned && call.errno === 0)
  if (paths !== undefined) tests.push(createPathTest(paths))
  return all(tests)
}

/** Everything that a filter says of calls, and which of them. `random`: from 0 up to 1. */
export function createCallTest(
  words: readonly string[],
  filter: CallFilter,
  random: () => number = Math.random,
): CallTest | undefined {
  const { uid, errors, minNs, sample } = filter
  const tests: CallTest[] = []
  if (words.length > 0) tests.push(createNameTest(words))
  if (uid !== undefined) tests.push((_, thread) => thread.uid === uid)
  if (filter.comm !== undefined) {
    const comm = Buffer.from(filter.comm).toString('latin1')
    tests.push((_, thread) => thread.comm === comm)
  }
  if (errors !== undefined) tests.push(createErrorTest(errors))
  if (minNs > 0) tests.push(call => call.durationNs >= minNs)
  const late = createLateTest(filter)
  if (late) tests.push(late)
  // Last, so that it draws among those that are wanted.
  if (sample > 1) tests.push(() => random() * sample < 1)
  return all(tests)
}

function createNameTest(words: readonly string[]): CallTest {
  const isIn = memoized(new Map(), createCallSet(words))
  return ({ definition: { name } }) => isIn(name)
}

function createErrorTest(names: readonly string[]): CallTest {
  if (names.length === 0) return call => call.errno !== 0
  const numbers = new Set(names.map(errnoOf))
  return call => numbers.has(call.errno)
}

function all(tests: readonly CallTest[]): CallTest | undefined {
  if (tests.length < 2) return tests[0]
  return (call, thread) => tests.every(test => test(call, thread))
}
