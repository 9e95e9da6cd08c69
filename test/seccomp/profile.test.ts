import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { check } from '../../seccomp/check.ts'
import { denialsOf } from '../../seccomp/denials.ts'
import { diff } from '../../seccomp/diff.ts'
import { readProfile } from '../../seccomp/enforced.ts'
import { formatProfile } from '../../seccomp/formats.ts'
import { merge } from '../../seccomp/merge.ts'
import { planProfile } from '../../seccomp/profile.ts'
import { readObservation } from '../../seccomp/read-observation.ts'
import { RUNTIME_CALLS } from '../../seccomp/runtime-calls.ts'
import { call, subject, toDocument } from './subjects.ts'

const OPTIONS = { isRunByRuntime: false, leavesSetupOut: false, hasArguments: false }
const names = (plan: ReturnType<typeof planProfile>) => plan.allowed.map(({ name, why }) => `${name} ${why}`)
const errno = { name: 'EPERM', number: 1 }
const FORMAT = { errno, name: 'web', namespace: 'shop' }

const plan = suite('planProfile')
plan('is the union of all subjects, by name, with what was seen at the start alone', () => {
  const one = subject([call('read'), call('brk', { atStart: true }), call('openat', { atStart: true })])
  const two = subject([call('write'), call('brk', { atStart: true }), call('openat')], { node: 'b' })
  const made = planProfile([one, two], OPTIONS)
  assert.equal(names(made), ['brk start', 'openat seen', 'read seen', 'write seen'])
  assert.equal([made.nodes, made.instances], [['a', 'b'], 2])
})
plan('leaves out what the runtime made, what was only denied, and what has no name', () => {
  const made = planProfile(
    [
      subject([
        call('mount', { calls: 6, setup: 6 }),
        call('read', { calls: 6, setup: 5 }),
        call('ptrace', { calls: 0, denied: { EPERM: 3 } }),
        call('syscall_0x3e7'),
      ]),
    ],
    OPTIONS,
  )
  assert.equal(names(made), ['read seen'])
  assert.equal([made.setup, made.denied, made.unnamed], [['mount'], ['ptrace'], ['syscall_0x3e7']])
})
plan('adds what runtimes need, and marks what may be of them alone', () => {
  const seen = subject([call('mount', { atStart: true }), call('futex')])
  const marked = planProfile([seen], { ...OPTIONS, isRunByRuntime: true })
  assert.ok(names(marked).includes('mount setup') && names(marked).includes('futex seen'))
  assert.equal(
    marked.allowed.filter(({ why }) => why === 'runtime').map(({ name }) => name),
    RUNTIME_CALLS.filter(name => name !== 'futex').sort(),
  )
  const without = planProfile([seen], { ...OPTIONS, isRunByRuntime: true, leavesSetupOut: true })
  assert.equal(without.setup, ['mount'])
  const known = planProfile([{ ...seen, knowsSetup: true }], {
    ...OPTIONS,
    isRunByRuntime: true,
    leavesSetupOut: true,
  })
  assert.ok(names(known).includes('mount start'))
})
const whole = (isWhole: boolean, ...values: number[]) => ({
  arguments: [{ index: 0, values: values.map(value => ({ value: `${value}`, calls: 1 })), isWhole }],
})
plan('has conditions only where all values of all subjects are known', () => {
  const all = [
    subject([call('socket', whole(true, 10, 2))]),
    subject([call('socket', whole(true, 1))], { node: 'b' }),
  ]
  const argumentOf = (subjects: typeof all) =>
    planProfile(subjects, { ...OPTIONS, hasArguments: true }).allowed[0]!.argument
  assert.equal(argumentOf(all), { index: 0, values: ['1', '2', '10'] })
  assert.is(argumentOf([...all, subject([call('socket', whole(false, 3))], { node: 'c' })]), undefined)
  assert.is(argumentOf([...all, subject([call('socket')], { node: 'c' })]), undefined)
  assert.is(planProfile(all, OPTIONS).allowed[0]!.argument, undefined)
})
plan('names an ABI only if it was seen, the native one first', () => {
  const made = planProfile([subject([call('read', { abi: 'i386' }), call('read')])], OPTIONS)
  assert.equal(made.abis, ['x86_64', 'i386'])
})
plan.run()

const formats = suite('formatProfile')
const socket = { name: 'socket', why: 'seen', argument: { index: 0, values: ['1', '2'] } } as const
const simple = { ...planProfile([subject([call('read'), call('brk', { atStart: true })])], OPTIONS) }
const withSocket = { ...simple, allowed: [...simple.allowed, socket] }
formats('writes OCI: an entry for each reason and for each value', () => {
  assert.equal(JSON.parse(formatProfile(withSocket, 'oci', FORMAT)), {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    architectures: ['SCMP_ARCH_X86_64'],
    syscalls: [
      { names: ['read'], action: 'SCMP_ACT_ALLOW' },
      { names: ['brk'], action: 'SCMP_ACT_ALLOW' },
      ...[1, 2].map(value => ({
        names: ['socket'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
      })),
    ],
  })
})
formats('writes docker with reasons, and the resource with its window', () => {
  const docker = JSON.parse(formatProfile(simple, 'docker', FORMAT))
  assert.equal(docker.archMap, [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] }])
  assert.match(docker.syscalls[1].comment, 'start')
  const text = formatProfile(
    { ...simple, gaps: [{ reason: 'lost', text: '', count: 1 }] },
    'kubernetes',
    FORMAT,
  )
  assert.match(text, /kind: SeccompProfile\nmetadata:\n {2}name: web\n {2}namespace: shop\n/)
  assert.match(text, 'swoll.io/complete: "false"')
})
for (const format of ['oci', 'docker', 'kubernetes'] as const)
  formats(`writes ${format} so that check reads what was written`, () => {
    const read = readProfile(formatProfile(withSocket, format, FORMAT), 'x')
    assert.equal(read.allowed, ['brk', 'read', 'socket'])
    assert.equal(
      ['read', 'socket', 'write'].map(name => read.verdict('x86_64', name)),
      ['allowed', 'depends', 'denied'],
    )
    assert.is(read.verdict('i386', 'read'), 'denied')
  })
formats.run()

const profiles = suite('readProfile')
const entry = (action: string, more = {}) => ({ names: ['mount'], action, ...more })
const rows: readonly [string, object, string][] = [
  ['by default', { defaultAction: 'SCMP_ACT_ERRNO' }, 'denied'],
  ['that is open', { defaultAction: 'SCMP_ACT_ALLOW' }, 'allowed'],
  ['that only logs', { defaultAction: 'SCMP_ACT_LOG' }, 'allowed'],
  ['open with a denial', { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [entry('SCMP_ACT_ERRNO')] }, 'denied'],
  [
    'with capabilities',
    {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [entry('SCMP_ACT_ALLOW', { includes: { caps: ['CAP_SYS_ADMIN'] } })],
    },
    'depends',
  ],
  [
    'of a bundle',
    { linux: { seccomp: { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [entry('SCMP_ACT_ALLOW')] } } },
    'allowed',
  ],
  [
    'of old docker',
    { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ name: 'mount', action: 'SCMP_ACT_ALLOW' }] },
    'allowed',
  ],
]
for (const [name, document, verdict] of rows)
  profiles(`judges by a profile ${name}`, () =>
    assert.is(readProfile(JSON.stringify(document), 'x').verdict('x86_64', 'mount'), verdict),
  )
for (const text of [
  '',
  '[]',
  '{"defaultAction":"allow"}',
  '{',
  'a: [b',
  '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{}]}',
])
  profiles(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => readProfile(text, 'p.json'), /^p\.json: must be/)
  })
profiles.run()

const compare = suite('check, diff, merge and denialsOf')
const PROFILE = readProfile(
  JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [{ names: ['read', 'write'], action: 'SCMP_ACT_ALLOW' }],
  }),
  'x',
)
compare('check finds what would be denied, with whose it is, and what nobody used', () => {
  const seen = subject([call('read'), call('openat', { calls: 5 }), call('mount', { calls: 2, setup: 2 })])
  const { denied, unused, lacksForRuntime } = check(PROFILE, [seen])
  assert.equal(denied, [{ abi: 'x86_64', name: 'openat', calls: 5, of: ['shop/deployment/web/app'] }])
  assert.equal(unused, ['write'])
  assert.ok(lacksForRuntime.includes('execve'))
})
compare('diff tells new and gone calls', () => {
  const changes = diff(
    [subject([call('read'), call('brk')])],
    [subject([call('read'), call('mount', { calls: 3 })])],
  )
  assert.equal(changes, [
    { kind: 'gone', abi: 'x86_64', name: 'brk', calls: 1 },
    { kind: 'new', abi: 'x86_64', name: 'mount', calls: 3 },
  ])
})
compare('merge takes the latest of one run, and keeps nodes and runs apart', () => {
  const early = subject([call('read')], { untilMs: 10 })
  const late = subject([call('read', { calls: 4 })], { untilMs: 20 })
  const other = subject([call('read')], { node: 'b' })
  const rerun = subject([call('read')], { sinceMs: 15 })
  const all = [late, early, other, rerun].map(each => toDocument([each]))
  const merged = merge(all)
  assert.equal(merged.subjects, [late, other, rerun])
  assert.equal(merge([merged, merged]), merged)
})
compare('denialsOf adds up nodes, the most frequent first', () => {
  const of = (node: string, EPERM: number) =>
    subject([call('mount', { denied: { EPERM } }), call('ptrace', { denied: { '': 3 } })], { node })
  assert.equal(
    denialsOf([of('a', 2), of('b', 5)]).map(({ name, errno: e, calls, nodes }) => [name, e, calls, nodes]),
    [
      ['mount', 'EPERM', 7, ['a', 'b']],
      ['ptrace', '', 6, ['a', 'b']],
    ],
  )
})
compare.run()

const read = suite('readObservation')
read('takes what was written', () => {
  const document = toDocument([subject([call('read', whole(true, 1))])])
  assert.equal(readObservation(JSON.stringify(document), 'x'), document)
})
for (const [text, message] of [
  ['', /^a\.json: must be an observation .* got other text$/],
  ['{}', /^a\.json: must be an observation of swoll seccomp record: kind: /],
  ['null', /^a\.json: must be an observation/],
  ['{"kind":"swoll.seccomp.observation","version":2}', /must be an observation of version 1, got 2; use/],
  [JSON.stringify(toDocument([subject([{ ...call('x'), calls: -1 }])])), /subjects\.0\.calls\.0\.calls/],
] as const)
  read(`refuses ${text.slice(0, 50)}`, () => {
    assert.throws(() => readObservation(text, 'a.json'), message)
  })
read.run()
