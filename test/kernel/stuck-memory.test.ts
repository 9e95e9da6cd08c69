/** Calls in flight whose arguments lie in memory that never comes: whoever looks ends all the same. */
import { performance } from 'node:perf_hooks'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createRegistry, readHierarchy } from '../../kernel/cgroups/host.ts'
import { load } from '../../kernel/requirements.ts'
import { Tracing } from '../../kernel/tracing.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { createNames } from '../../trace/formats/names.ts'
import { lookInFlight, toDocument } from '../../trace/in-flight/look.ts'
import { TraceSession } from '../../trace/session/session.ts'
import { RunningCli, runCli, Scratch } from '../kit/cli.ts'
import { lacksBpf, lacksPrivateMounts, lacksRoot, requireAll } from '../kit/skip.ts'
import { Cgroup } from './kit/cgroup.ts'
import { startHungMapping } from './kit/hung-mapping.ts'
import { Workload } from './kit/workload.ts'

requireAll(lacksRoot(), lacksBpf(), lacksPrivateMounts())

const READING_MS = 300
/** A look without waiting, on a machine that does other things, too. */
const SOON_MS = 5000

function openTrusting(): TraceSession {
  return load(() => {
    const hierarchy = readHierarchy()
    const tracing = new Tracing({
      hierarchy,
      ringBytes: 2 ** 21,
      queueBytes: 2 ** 24,
      arch: process.arch,
      stringLimit: 256,
      payloadLimit: 0,
      readingMs: READING_MS,
      trustsFiles: true,
    })
    return new TraceSession({
      tracing,
      registry: createRegistry(hierarchy, () => systemClock.monotonicMs()),
      clock: systemClock,
      monotonicNs: () => process.hrtime.bigint(),
      arch: process.arch,
      extras: { payload: false, descriptors: true, environments: false },
    })
  })
}

function look(session: TraceSession, path: string) {
  const begunMs = performance.now()
  const batch = lookInFlight(
    session,
    {
      name: 'test',
      wantsCall: name => name !== 'futex',
      wants: (_, cgroup) => (cgroup === path ? 'yes' : 'no'),
    },
    0,
  )
  const document = toDocument(batch, {
    session,
    names: createNames(() => undefined),
    node: 'here',
    clock: systemClock,
    limit: 1000,
  })
  return { document, tookMs: performance.now() - begunMs }
}

const s = suite('memory that never comes')

s('is not read: stuck shows the address, says so, and ends; so does trace', async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  const { hung } = await startHungMapping(cgroup, scratch.path)
  const { status, stdout, stderr } = runCli(['stuck', '--cgroup', `/${cgroup.name}`, '--min', '0s'])
  assert.is(status, 3, stderr)
  assert.match(stdout, new RegExp(` ${hung} .* open\\(0x\\w+, O_RDONLY\\)`), stdout)
  assert.match(stderr, /1 thread has arguments in memory that are shown as addresses: .* a server that may/)
  using trace = new RunningCli(['trace', '-o', 'strace', '--pid', String(hung)])
  await trace.printed(/open\(0x\w+, O_RDONLY <unfinished \.\.\.>/)
  trace.kill('SIGINT')
  assert.is(await trace.ended(), 0)
})

s('is given up where it is read: others are shown once, then all with numbers', async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  // Those with lower numbers come before it in a look, the others after it.
  await Workload.start(cgroup, 'blocked', '2').ready()
  const { hung, server } = await startHungMapping(cgroup, scratch.path)
  await Workload.start(cgroup, 'blocked', '3').ready()
  await using session = { value: openTrusting(), [Symbol.asyncDispose]: () => session.value.close() }
  const first = look(session.value, `/${cgroup.name}`)
  assert.ok(first.tookMs > READING_MS && first.tookMs < READING_MS + SOON_MS, `${first.tookMs} ms`)
  const tids = first.document.threads.map(({ tid }) => tid)
  assert.is(new Set(tids).size, tids.length, 'nobody is shown twice')
  assert.ok(tids.length > 200, `${tids.length} threads`)
  const found = first.document.threads.find(({ pid }) => pid === hung)
  assert.match(Object.values(found!.args)[0]!.text, /^0x/)
  assert.is(first.document.missed.memory_not_in_time, tids.length)
  const second = look(session.value, `/${cgroup.name}`)
  assert.ok(second.tookMs < SOON_MS, `${second.tookMs} ms`)
  assert.equal(second.document.threads.map(({ tid }) => tid).sort(), tids.toSorted())
  process.kill(server, 'SIGKILL')
})
s.run()
