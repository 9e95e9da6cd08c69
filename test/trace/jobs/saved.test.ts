/** Persistent jobs: what they promise when the agent stops, is killed, finds its files damaged or its disk full. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import * as nodeFs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { JobStore, type StoreFiles } from '../../../trace/jobs/store.ts'
import { nopLogger, recordingLogger } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'
import { ring } from '../session/fake-tracing.ts'
import { anyClose, briefly, close, fakeTable, LIMITS, who } from './fake-machine.ts'

const NEVER = new AbortController().signal
const persistent = (spec: object = {}, id = 'a') =>
  anyClose({ id, name: 'n', spec: { persistent: true, ...spec } })

function folder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'swoll-jobs-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
const files = (path: string) => readdirSync(path).map(name => name.replace(/^[0-9a-f]{64}/, 'ID'))
function agent(path: string, fs?: StoreFiles) {
  const store = new JobStore(path, nopLogger, fs)
  /** Lets what is being written be written, and what waits for that go on. */
  const written = async () => {
    await store.settled(NEVER)
    await new Promise(setImmediate)
  }
  return { ...fakeTable({}, { store }), written }
}

const s = suite('persistent jobs')
s('go on after a stop of the agent, with what is left of their budget', async () => {
  using kept = folder()
  const first = agent(kept.path)
  await first.table.create(persistent({ budget: { calls: 3 } }))
  await first.table.create(anyClose({ id: 'b' }))
  first.tracing.rings = [ring(who, close(1), close(2))]
  await first.look()
  await first.table.close(NEVER)

  const second = agent(kept.path)
  await second.table.restore()
  assert.equal(
    second.table.list().map(({ id, name, owner }) => [id, name, owner]),
    [['a', 'n', 'me']],
  )
  const job = second.table.find('a')!
  assert.is(job.status().calls, 2)
  const reader = job.stream.open()
  second.tracing.rings = [ring(who, close(3), close(4))]
  await second.look()
  assert.equal(briefly(reader), ['call 3#1', 'over Budget#2'])
  await second.written()
  assert.equal(files(kept.path), [], 'nothing is left of what is over')
})
s('of an id that another job had which was deleted while it began are saved all the same', async () => {
  using kept = folder()
  const { table, machine, written } = agent(kept.path)
  const opened = Promise.withResolvers<typeof machine>()
  table.configure({ limits: LIMITS, openMachine: () => opened.promise })
  const began = rejects(table.create(persistent()), 'TRACE_JOB_STOPPED')
  await table.remove('a')
  const other = table.create(persistent({ duration: '9s' }))
  const ensured = table.ensure(persistent({ duration: '9s' }))
  opened.resolve(machine)
  await began
  assert.is((await ensured).job, await other)
  assert.is(table.find('a')!.status().state, 'Running', 'who asked again has waited for it')
  await written()
  const second = agent(kept.path)
  await second.table.restore()
  assert.is(second.table.find('a')!.spec.duration, '9s')
})
s('lose at most what came in the last second when the agent is killed', async () => {
  using kept = folder()
  const first = agent(kept.path)
  await first.table.create(persistent())
  first.tracing.rings = [ring(who, close(1), close(2))]
  await first.clock.advance(1100)
  await first.written()
  const { startTime } = first.table.find('a')!.status()
  const second = agent(kept.path)
  await second.clock.advance(5000)
  await second.table.restore()
  const status = second.table.find('a')!.status()
  assert.equal([status.calls, status.startTime], [2, startTime], 'the calls are those since then')
})
s('are over when their time has passed meanwhile, and end at the time they were to', async () => {
  using kept = folder()
  const first = agent(kept.path)
  await first.table.create(persistent({ duration: '10s' }))
  await first.table.create(persistent({ duration: '100s' }, 'b'))
  await first.clock.advance(5000)
  await first.table.close(NEVER)

  const second = agent(kept.path)
  await second.clock.advance(20_000)
  await second.table.restore()
  assert.equal(
    [second.table.find('a')!.status().state, second.table.find('a')!.status().reason],
    ['Complete', 'Duration'],
  )
  assert.is(second.table.find('b')!.isOver, false)
  await second.clock.advance(79_000)
  assert.is(second.table.find('b')!.isOver, false)
  await second.clock.advance(1100)
  assert.is(second.table.find('b')!.isOver, true)
})
s('end no later for the time that an agent takes to load programs', async () => {
  using kept = folder()
  const first = agent(kept.path)
  await first.table.create(persistent({ duration: '100s' }))
  const { endsAt } = first.table.find('a')!.status()
  await first.table.close(NEVER)
  const slow = fakeTable({}, { store: new JobStore(kept.path, nopLogger) })
  const { table, clock } = fakeTable(
    {},
    {
      store: new JobStore(kept.path, nopLogger),
      openMachine: async () => {
        await clock.advance(2000)
        return slow.machine
      },
    },
  )
  await table.restore()
  assert.is(table.find('a')!.status().endsAt, endsAt)
})
s('leave nothing behind when they are deleted', async () => {
  using kept = folder()
  const { table } = agent(kept.path)
  await table.create(persistent())
  assert.equal(files(kept.path).length, 1)
  await table.remove('a')
  assert.equal(files(kept.path), [])
})
s('are reported and put aside when their file is damaged, and stop nothing', async () => {
  using kept = folder()
  const first = agent(kept.path)
  await first.table.create(persistent())
  await first.table.close(NEVER)
  for (const [name, text] of Object.entries({ x: '{"version":1,', y: '', z: '{"version":2}', w: '[]' }))
    writeFileSync(join(kept.path, `${name}.job.json`), text)
  writeFileSync(join(kept.path, 'other.txt'), 'not ours')
  const log = recordingLogger()
  const second = fakeTable({}, { log, store: new JobStore(kept.path, log) })
  await second.table.restore()
  assert.equal(
    second.table.list().map(({ id }) => id),
    ['a'],
  )
  assert.is(log.lines.length, 4)
  assert.equal(files(kept.path).sort(), [
    'ID.job.json',
    'other.txt',
    'w.job.json.damaged',
    'x.job.json.damaged',
    'y.job.json.damaged',
    'z.job.json.damaged',
  ])
})
s('are refused where they cannot be saved', async () => {
  await rejects(fakeTable().table.create(persistent()), 'TRACE_JOB_REFUSED')
  const { table, tracing } = agent('/proc/nowhere')
  await rejects(table.create(persistent()), 'TRACE_JOB_REFUSED')
  assert.equal([table.list(), tracing.isAttached], [[], false])
})
s('wait for a disk that hangs, and save what is new once it goes on', async () => {
  using kept = folder()
  const hung = Promise.withResolvers<void>()
  let writes = 0
  const writeFile = (async (...given: Parameters<StoreFiles['writeFile']>) => {
    if (++writes > 1) await hung.promise
    await nodeFs.writeFile(...given)
  }) as StoreFiles['writeFile']
  const { table, tracing, clock, written } = agent(kept.path, { ...nodeFs, writeFile })
  await table.create(persistent())
  for (let n = 1; n <= 5; n++) {
    tracing.rings = [ring(who, close(n))]
    await clock.advance(1100)
  }
  assert.is(writes, 2)
  hung.resolve()
  await written()
  await clock.advance(1100)
  await written()
  assert.is(writes, 3)
})
s('go on and say so when the disk is full later', async () => {
  using kept = folder()
  let isFull = false
  const writeFile = (async (...given: Parameters<StoreFiles['writeFile']>) => {
    if (isFull) throw new Error('ENOSPC: no space left on device')
    await nodeFs.writeFile(...given)
  }) as StoreFiles['writeFile']
  const { table, tracing, clock, written } = agent(kept.path, { ...nodeFs, writeFile })
  const job = await table.create(persistent())
  isFull = true
  tracing.rings = [ring(who, close(1))]
  await clock.advance(1100)
  await written()
  const { state, message } = job.status()
  assert.equal([state, message], ['Running', 'not saved: ENOSPC: no space left on device'])
  isFull = false
  tracing.rings = [ring(close(2))]
  await clock.advance(1100)
  await written()
  assert.is(job.status().message, undefined)
})
s('stay when they cannot go on, to be tried again with the next start', async () => {
  using kept = folder()
  const first = agent(kept.path)
  await first.table.create(persistent())
  await first.table.close(NEVER)
  const second = agent(kept.path)
  second.machine.toOrder = () => {
    throw new Error('no pods')
  }
  await second.table.restore()
  const { state, message } = second.table.find('a')!.status()
  assert.equal([state, message], ['Failed', 'no pods'])
  await second.table.close(NEVER)
  const third = agent(kept.path)
  await third.table.restore()
  assert.is(third.table.find('a')!.isOver, false)
})
s.run()
