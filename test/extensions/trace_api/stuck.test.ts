/** Calls in flight over HTTP: what is told, to whom, and what is refused. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OUTCOME_BEGAN_UNSEEN, OUTCOME_IN_FLIGHT } from '../../../native/generated/layout.ts'
import { SwollError } from '../../../pipeline/errors.ts'
import { encodeCall } from '../../kit/traced-call.ts'
import { who } from '../../trace/jobs/fake-machine.ts'
import { ring } from '../../trace/session/fake-tracing.ts'
import { type Rig, startApi } from './kit.ts'

const CI = { name: 'ci', token: '0123456789abcdef', namespaces: ['shop'] }
const OPS = { name: 'ops', token: 'abcdef0123456789', namespaces: ['*'] }
const as = ({ token }: { readonly token: string }) => ({ headers: { authorization: `Bearer ${token}` } })

/** What the kernel side says of a look: a thread in `close`, as long as this. */
function hang(rig: Rig, ...forNs: readonly number[]): void {
  rig.state.nowNs = 10_000_000_000n
  const calls = forNs.map(each =>
    encodeCall({
      call: 'close',
      arguments: [7],
      outcome: OUTCOME_IN_FLIGHT | OUTCOME_BEGAN_UNSEEN,
      startNs: 9_000_000_000n - BigInt(each),
      endNs: 9_000_000_000n,
    }),
  )
  rig.tracing.rings = [ring(who, ...calls)]
}

const s = suite('/stuck')

s('tells of each thread the call, its arguments, and since when; the longest first', async () => {
  await using rig = await startApi()
  hang(rig, 2e9, 5e9)
  const { status, body } = await rig.ask('/stuck?min=1s&syscalls=close,%25file')
  assert.is(status, 200)
  assert.equal(rig.tracing.shown, [{ jobs: 1n, minNs: 1e9, isMarking: false }])
  assert.equal([body.node, body.total, body.missed], ['node-a', 2, {}])
  const [first, second] = body.threads
  assert.equal([first.forNs, second.forNs, first.isAtLeast, first.isWaiting], [5e9, 2e9, true, false])
  assert.equal([first.syscall.name, first.args.fd.raw, first.unit], ['close', 7, 'ssh.service'])
  assert.is(rig.tracing.isAttached, false, 'nothing is traced for it')
})

s('has as many threads as were asked for, and says how many there are', async () => {
  await using rig = await startApi()
  hang(rig, 1e9, 2e9, 3e9)
  const { body } = await rig.ask('/stuck?limit=2')
  assert.equal([body.threads.map(({ forNs }: { forNs: number }) => forNs), body.total], [[3e9, 2e9], 3])
})

s('tells of every mistake of a question at once', async () => {
  await using rig = await startApi()
  const { status, body } = await rig.ask(
    '/stuck?min=soon&limit=0&pod=&syscalls=clsoe&namespce=a&unit=a.service&namespace=b',
  )
  assert.is(status, 400)
  const paths = body.problems.map(({ path }: { path: string }) => path).sort()
  assert.equal(paths, [
    ...['query.limit', 'query.min', 'query.namespce', 'query.pod.0', 'query.syscalls.0', 'query.unit'],
  ])
  const both = await rig.ask('/stuck?unit=a.service&namespace=b')
  assert.match(both.body.error, 'query.unit: must not be given together with namespace, pod or container')
  assert.is((await rig.ask('/stuck?limit=10001')).status, 400)
  assert.is((await rig.ask('/stuck?limit=10000')).status, 200)
})

s('is for those who may watch traces there: of the node, or of the namespace', async () => {
  await using rig = await startApi({ given: { auth: { tokens: [CI, OPS] } } })
  assert.is((await rig.ask('/stuck')).status, 401)
  assert.is((await rig.ask('/stuck', as(OPS))).status, 200)
  for (const query of ['', '?namespace=bank', '?unit=ssh.service', '?pod=db-0']) {
    const { status, body } = await rig.ask(`/stuck${query}`, as(CI))
    assert.equal([status, /ci must have the right to watch traces/.test(body.error)], [403, true], query)
  }
  const own = await rig.ask('/stuck?namespace=shop', as(CI))
  assert.equal([own.status, /the agent knows none/.test(own.body.error)], [400, true], 'rights come first')
  const told = rig.log.lines.filter(({ message }) => message === 'Trace API: who did what')
  assert.equal(
    told.map(({ fields: { user, verb, namespace, status } }) => [user, verb, namespace, status]),
    [
      [undefined, 'get', undefined, 401],
      ['ops', 'watch', undefined, 200],
      ['ci', 'watch', undefined, 403],
      ['ci', 'watch', 'bank', 403],
      ['ci', 'watch', undefined, 403],
      ['ci', 'watch', undefined, 403],
    ],
  )
})

s('is looked at by one after the other; who would wait too long is sent away', async () => {
  let go = () => {}
  const held = new Promise<void>(resolve => {
    go = resolve
  })
  await using rig = await startApi()
  const look = rig.table.lookInFlight.bind(rig.table)
  let looking = 0
  rig.table.lookInFlight = async question => {
    assert.is(++looking, 1, 'one at a time')
    await held
    looking--
    return look(question)
  }
  const asked = Array.from({ length: 9 }, () => rig.ask('/stuck'))
  const first = await Promise.race(asked)
  assert.equal([first.status, first.headers['retry-after']], [503, '1'])
  go()
  const statuses = (await Promise.all(asked)).map(({ status }) => status).sort()
  assert.equal(statuses, [...Array<number>(8).fill(200), 503])
})

s(
  'is not there where the kernel does not show it, where jobs take all numbers, and for those who ask too often',
  async () => {
    await using rig = await startApi({ given: { limits: { requests_per_second: 2 } } })
    const { lookInFlight } = rig.table
    rig.table.lookInFlight = async () => {
      throw new SwollError('NATIVE_BPF_LOAD_FAILED', 'in_flight.bpf.o: Operation not permitted\nverifier: …')
    }
    const { status, body } = await rig.ask('/stuck')
    assert.equal(
      [status, body.error],
      [503, 'stuck: calls in flight are not shown by this kernel: in_flight.bpf.o: Operation not permitted'],
    )
    rig.table.lookInFlight = async () => {
      throw new SwollError(
        'TRACE_TOO_MANY_JOBS',
        'calls in flight: at most 64 jobs run at once; stop one first',
      )
    }
    assert.is((await rig.ask('/stuck')).status, 429)
    rig.table.lookInFlight = lookInFlight
    await rig.ask('/stuck')
    await rig.ask('/stuck')
    assert.is((await rig.ask('/stuck')).status, 429, 'four are the most at once')
  },
)
s.run()
