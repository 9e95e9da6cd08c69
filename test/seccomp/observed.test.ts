import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CoverageSource } from '../../pipeline/coverage.ts'
import { type Observation, observation, type SeenCall, type Subject } from '../../seccomp/api/observation.ts'
import { Observed } from '../../seccomp/observed.ts'
import { metricsBatch, type Row } from '../kit/metrics.ts'

const START = 1_700_000_000_000
const ns = (ms: number) => BigInt(ms) * 1_000_000n

interface Call {
  readonly name?: string
  readonly calls: number
  readonly errno?: string
  readonly outcome?: string
  readonly abi?: string
  readonly ended?: boolean
}

function rowOf(id: string, { name, calls, errno, outcome, abi, ended }: Call): Row {
  return {
    resource: { id: `container::${id}`, attributes: { 'container.id': id, ...POD } },
    attributes: {
      ...(name === undefined ? { 'otel.metric.overflow': true } : { 'syscall.name': name }),
      ...(errno !== undefined && { 'error.type': errno }),
      ...(outcome !== undefined && { 'syscall.outcome': outcome }),
      ...(abi !== undefined && { 'syscall.abi': abi }),
    },
    start: ns(START),
    ...(ended && { ended }),
    values: { 'swoll.syscall.calls': calls },
  }
}
const POD = { 'k8s.namespace.name': 'shop', 'k8s.deployment.name': 'web', 'k8s.container.name': 'app' }

const whole: CoverageSource = { isWhole: () => true, lost: () => 0, isExcluding: false, sent: undefined }

function observe(source: Partial<CoverageSource> | undefined = {}, limits = {}) {
  const sources = source === undefined ? [] : [{ ...whole, ...source }]
  const observed = new Observed({ coverage: { sources }, limits })
  const take = (second: number, rows: readonly Row[], epoch?: number) => {
    const batch = metricsBatch(rows, { time: ns(START + second * 1000) })
    observed.take(
      epoch === undefined ? batch : { ...batch, tables: batch.tables.map(t => ({ ...t, epoch })) },
    )
  }
  return { observed, take, see: () => observation.parse(observed.toObservation()) }
}

const only = ({ subjects }: Observation): Subject => {
  assert.is(subjects.length, 1)
  return subjects[0]!
}
const brief = ({ name, calls, errors, denied, atStart }: SeenCall) => [name, calls, errors, denied, atStart]
const ID = 'a'.repeat(64)

const s = suite('Observed')
s('adds up results, tells denied ones apart, and says when calls were seen', () => {
  const { take, see } = observe()
  take(1, [rowOf(ID, { name: 'read', calls: 3 }), rowOf(ID, { name: 'read', calls: 2, errno: 'EAGAIN' })])
  take(5, [rowOf(ID, { name: 'read', calls: 3 }), rowOf(ID, { name: 'execve', calls: 1 })])
  take(60, [
    rowOf(ID, { name: 'read', calls: 7 }),
    rowOf(ID, { name: 'read', calls: 2, errno: 'EAGAIN' }),
    rowOf(ID, { name: 'mount', calls: 4, errno: 'EPERM', outcome: 'denied' }),
  ])
  const subject = only(see())
  assert.equal(subject.calls.map(brief), [
    ['execve', 1, 0, {}, true],
    ['mount', 0, 0, { EPERM: 4 }, false],
    ['read', 9, 2, {}, false],
  ])
  assert.equal(
    subject.calls.map(({ firstMs, lastMs }) => [firstMs - START, lastMs - START]),
    [
      [5000, 5000],
      [60_000, 60_000],
      [1000, 60_000],
    ],
  )
  assert.equal([subject.namespace, subject.workload, subject.container], ['shop', 'deployment/web', 'app'])
  assert.equal([subject.gaps, subject.instances], [[], 1])
})
s('adds up replicas and restarts, those that have ended too', () => {
  const { take, see } = observe()
  const [one, two, three] = ['1', '2', '3'].map(digit => digit.repeat(64)) as [string, string, string]
  take(1, [rowOf(one, { name: 'read', calls: 3 }), rowOf(two, { name: 'write', calls: 5 })])
  take(2, [rowOf(one, { name: 'read', calls: 4, ended: true }), rowOf(two, { name: 'write', calls: 6 })])
  take(3, [rowOf(two, { name: 'write', calls: 6 }), rowOf(three, { name: 'read', calls: 10 })])
  const subject = only(see())
  assert.equal(
    subject.calls.map(({ name, calls }) => [name, calls]),
    [
      ['read', 14],
      ['write', 6],
    ],
  )
  assert.equal([subject.instances, subject.ids], [3, [one, two, three]])
})
s('counts on where all series begin anew, and where one does', () => {
  const { take, see } = observe()
  take(1, [rowOf(ID, { name: 'read', calls: 100 })], 1)
  take(2, [rowOf(ID, { name: 'read', calls: 120 })], 2)
  take(3, [rowOf(ID, { name: 'read', calls: 20 })], 2)
  assert.is(only(see()).calls[0]!.calls, 240)
})
s('keeps the ABIs of one name apart', () => {
  const { take, see } = observe()
  take(1, [rowOf(ID, { name: 'read', calls: 1 }), rowOf(ID, { name: 'read', calls: 2, abi: 'i386' })])
  assert.equal(
    only(see()).calls.map(({ abi, calls }) => [abi, calls]),
    [
      ['i386', 2],
      [process.arch === 'arm64' ? 'arm64' : 'x86_64', 1],
    ],
  )
})

const gaps: readonly [string, Partial<CoverageSource> | undefined, readonly Call[], readonly string[]][] = [
  ['nothing is missing', {}, [], []],
  ['it ran before', { isWhole: () => false }, [], ['began_before']],
  ['nobody knows whether it did', { isWhole: () => undefined }, [], ['began_unknown']],
  ['calls were lost', { lost: () => 7 }, [], ['lost']],
  ['a rule excludes calls', { isExcluding: true }, [], ['excluded']],
  ['a processor keeps calls back', { sent: { timeUnixNano: ns(START + 1000), calls: 2 } }, [], ['filtered']],
  ['the receiver sent as many', { sent: { timeUnixNano: ns(START + 1000), calls: 1 } }, [], []],
  ['the receiver has sent another batch', { sent: { timeUnixNano: ns(START + 9000), calls: 9 } }, [], []],
  ['a series has no name', {}, [{ calls: 5 }], ['folded']],
  ['a number has no name', {}, [{ name: 'syscall_0x3e7', calls: 5 }], ['unnamed']],
  ['a number without a name was denied', {}, [{ name: 'syscall_0x3e7', calls: 5, outcome: 'denied' }], []],
]
for (const [name, source, calls, reasons] of gaps)
  s(`tells of gaps: ${name}`, () => {
    const { take, see } = observe(source)
    take(1, [rowOf(ID, { name: 'read', calls: 1 }), ...calls.map(call => rowOf(ID, call))])
    assert.equal(
      only(see()).gaps.map(({ reason }) => reason),
      reasons,
    )
  })
s('tells of calls that belong to nobody', () => {
  const { take, see } = observe()
  const nobody = { ...rowOf(ID, { name: 'read', calls: 9 }), resource: { id: 'unresolved', attributes: {} } }
  take(1, [rowOf(ID, { name: 'read', calls: 1 }), nobody])
  assert.equal(only(see()).gaps, [{ reason: 'unresolved', count: 9 }])
})
s('is bounded: who has ended makes room, others are left out, and both are counted', () => {
  const { take, see } = observe({}, { subjects: 2, kindsOfSubject: 2 })
  const unit = (name: string, calls: number, ended = false): Row => ({
    ...rowOf(ID, { name: 'read', calls, ended }),
    resource: { id: `unit:${name}`, attributes: { 'systemd.unit': name } },
  })
  take(1, [unit('a', 1), unit('b', 1)])
  take(2, [unit('a', 1), unit('b', 1), unit('c', 1)])
  assert.equal([see().subjects.length, see().omitted], [2, 1])
  take(3, [unit('a', 1, true), unit('b', 1)])
  take(4, [unit('b', 1), unit('d', 1)])
  assert.equal([see().subjects.map(each => each.unit), see().omitted], [['b', 'd'], 2])
  const small = observe({}, { endedBytes: 2000 })
  small.take(1, [unit('a', 1), unit('b', 1)])
  small.take(2, [unit('a', 1, true), unit('b', 1), unit('c', 1)])
  assert.equal([small.see().subjects.length, small.see().omitted], [3, 0])
  small.take(3, [unit('b', 1, true), unit('c', 1)])
  assert.equal([small.see().subjects.map(each => each.unit), small.see().omitted], [['b', 'c'], 1])
  const kinds = observe({}, { kindsOfSubject: 2 })
  kinds.take(
    1,
    ['read', 'write', 'close'].map(name => rowOf(ID, { name, calls: 4 })),
  )
  assert.equal(only(kinds.see()).gaps, [{ reason: 'bounded', count: 4 }])
})
s('chooses by names, workloads without their kind, and ids by their first digits', () => {
  const { take, observed } = observe()
  take(1, [rowOf(ID, { name: 'read', calls: 1 })])
  const found = (filter: object) => observed.toObservation(filter).subjects.length
  for (const filter of [
    { workload: ['web'] },
    { workload: ['deployment/web'] },
    { container: ['aaaaaaaa'] },
    { container: ['app'], namespace: ['other', 'shop'] },
  ])
    assert.is(found(filter), 1, JSON.stringify(filter))
  for (const filter of [{ workload: ['deployment'] }, { container: ['aaaaaaa'] }, { unit: ['x'] }])
    assert.is(found(filter), 0, JSON.stringify(filter))
})
s.run()
