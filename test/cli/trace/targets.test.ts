/** Whose calls a trace shows, beyond what the selection says. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Matches } from '../../../cli/trace/matches.ts'
import { createOurs } from '../../../cli/trace/ours.ts'
import { checkConsent } from '../../../cli/trace/processes.ts'
import { describeTotals, describeTrace } from '../../../cli/trace/report.ts'
import type { TraceRequest } from '../../../trace/requests/request.ts'
import { containerSelection } from '../../kit/selection.ts'
import { CONTAINER, POD_UID, resourceAt, thread, UNIT } from '../../kit/trace-batch.ts'
import { tracedCall } from '../../kit/traced-call.ts'

const POD = resourceAt(`/kubepods/pod${POD_UID}`)
const matches = suite('Matches')
matches('counts containers and units that are wanted, once', () => {
  const found = new Matches({ decide: resource => (resource === UNIT ? 'unknown' : 'yes') })
  for (const resource of [CONTAINER, CONTAINER, POD, UNIT]) found.decide(resource, '/')
  assert.is(found.count, 1)
})
matches('wants nobody new once it is frozen', () => {
  let answer: 'yes' | 'unknown' = 'unknown'
  const found = new Matches({ decide: () => answer })
  found.decide(CONTAINER, '/')
  found.freeze()
  answer = 'yes'
  assert.is(found.decide(CONTAINER, '/'), 'yes', 'it was there, and is known only now')
  assert.is(found.decide(UNIT, '/'), 'no')
  assert.is(found.count, 1)
})
matches.run()

const consent = suite('checkConsent')
const place = { namespace: 'shop', pod: 'web-0', labels: {}, fields: {}, container: 'nginx' }
const cgroups = new Map([
  [1, `/kubepods/pod${POD_UID}/${'0123456789abcdef'.repeat(4)}`],
  [2, '/system.slice/ssh.service'],
])
for (const [name, targets, isOptedOut, isRefused] of [
  ['a process of a pod that opts out', { kind: 'processes', pids: [1] }, true, true],
  ['one of two', { kind: 'processes', pids: [2, 1] }, true, true],
  ['one that is wanted all the same', { kind: 'processes', pids: [1], withOptedOut: true }, true, false],
  ['a process of another pod', { kind: 'processes', pids: [1] }, false, false],
  ['a process of no pod', { kind: 'processes', pids: [2] }, true, false],
  ['a process that is gone', { kind: 'processes', pids: [3] }, true, false],
  ['something else', { kind: 'host' }, true, false],
] as const)
  consent(`${name} is ${isRefused ? 'refused' : 'taken'}`, () => {
    const view = { findPlace: () => ({ ...place, isOptedOut }) }
    const check = () => checkConsent(targets, view, pid => cgroups.get(pid))
    if (!isRefused) return check()
    assert.throws(
      check,
      /^--pid: must not be in a pod that opts out with swoll=false, got 1 of shop\/web-0; --opted-out/,
    )
  })
consent('the process itself is looked up in /proc', () => {
  const view = { findPlace: () => ({ ...place, isOptedOut: false }) }
  assert.not.throws(() => checkConsent({ kind: 'processes', pids: [process.pid, 4_194_304] }, view))
})
consent.run()

const call = (name: string) => tracedCall({ call: name })
const ours = suite('createOurs')
const self = thread({
  tid: process.pid,
  pidNs: Number(/\d+/.exec((await import('node:fs')).readlinkSync('/proc/self/ns/pid'))![0]),
})
for (const [name, targets, who, want] of [
  ['swoll itself is left out', { kind: 'host' }, self, false],
  ['somebody with its pid, in another pid namespace, is not', { kind: 'host' }, { ...self, pidNs: 1 }, true],
  ['anybody else is not', { kind: 'host' }, thread(), true],
  ['swoll itself is shown if it is asked for', { kind: 'processes', pids: [process.pid] }, self, true],
] as const)
  ours(name, () => assert.is(createOurs({ targets }, false)(call('read'), who), want))
for (const [name, comm, want] of [
  ['read', 'swoll-launch', false],
  ['execve', 'swoll-launch', true],
  ['execve', 'ls', true],
  ['read', 'ls', true],
] as const)
  ours(`${name} of ${comm} is ${want ? '' : 'not '}the command's`, () => {
    const isOurs = createOurs({ targets: { kind: 'processes', pids: [1] } }, true)
    assert.is(isOurs(call(name), thread({ comm })), want)
  })
ours.run()

const report = suite('describeTrace')
const describe = (given: TraceRequest, count: number) => describeTrace(given, { count, cgroups: count + 1 })
const request = (targets: TraceRequest['targets'], calls: readonly string[] = []) =>
  ({
    calls,
    targets,
    filter: { minNs: 0, sample: 1 },
    limits: { stringBytes: 1, payloadBytes: 0, descriptors: false, environments: false },
  }) as const
const containers = containerSelection()
for (const [targets, matching, want] of [
  [containers, 2, 'tracing all calls of 2 containers, and of those that come to match'],
  [{ ...containers, isFollowing: false }, 1, 'tracing all calls of 1 container'],
  [{ kind: 'host' }, 9, 'tracing all calls of the host, less its containers'],
  [{ kind: 'units', units: ['a', 'b*'] }, 2, 'tracing all calls of a, b* (2 units now)'],
  [{ kind: 'cgroups', paths: ['/a'] }, 2, 'tracing all calls of /a (3 cgroups now)'],
  [{ kind: 'processes', pids: [1, 2] }, 0, 'tracing all calls of processes 1, 2'],
] as const)
  report(want, () => assert.is(describe(request(targets), matching), want))
report('names the calls', () => {
  assert.is(
    describe(request({ kind: 'host' }, ['a', '!b']), 0),
    'tracing a, !b of the host, less its containers',
  )
})
report('says the same of all calls, however they were asked for', () => {
  assert.is(
    describe(request({ kind: 'host' }, ['all']), 0),
    'tracing all calls of the host, less its containers',
  )
})
report('says what to type where nothing runs of what was asked for', () => {
  const all = { ...containers, isFollowing: false }
  const nobody = 'tracing all calls of 0 containers'
  for (const [targets, count, want] of [
    [
      all,
      0,
      `${nobody}; for the host type swoll trace --no-containers, for a command swoll trace -- COMMAND`,
    ],
    [all, 1, 'tracing all calls of 1 container'],
    [{ ...all, labels: 'ls' }, 0, `${nobody}; to trace a command: swoll trace -- ls`],
    [{ ...all, labels: 'app=web' }, 0, nobody],
    [{ ...all, namespaces: ['a'] }, 0, nobody],
  ] as const)
    assert.is(describe(request(targets), count), want)
})
report('and the totals', () => {
  assert.equal([describeTotals(1, 0), describeTotals(2, 3)], ['1 call, none lost', '2 calls, 3 lost'])
})
report.run()
