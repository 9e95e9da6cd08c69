import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import { factory } from '../../../processors/syscall/factory.ts'
import { createSyscallProcessor } from '../../../processors/syscall/processor.ts'
import { failing, sink } from '../../kit/consumers.ts'
import { createContext, never, recordingMeter } from '../../kit/context.ts'
import { checkLifecycle } from '../../kit/lifecycle.ts'
import { metricsBatch, type Row, toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'
import { rejects } from '../../kit/rejects.ts'
import { addUp, pointsBySeries, randomRows } from '../../pipeline/data/random-rows.ts'

const CONTAINER = {
  id: 'c',
  attributes: { 'container.id': 'c0ffee00'.repeat(8), 'k8s.container.name': 'web' },
}
const UNIT = { id: 'u', attributes: { 'systemd.unit': 'ssh.service' } }
const row = (resource: Row['resource'] & {}, name: string, calls: number, error?: string): Row => ({
  resource,
  attributes: { 'syscall.name': name, ...(error && { 'error.type': error }) },
  values: { 'swoll.syscall.calls': calls },
})
const ROWS = [
  row(CONTAINER, 'read', 1),
  row(CONTAINER, 'read', 2, 'EAGAIN'),
  row(CONTAINER, 'bind', 4),
  row(UNIT, 'read', 8),
  row(UNIT, 'futex', 16, 'EAGAIN'),
]

async function run(config: unknown, rows: readonly Row[] = ROWS) {
  const next = sink()
  const { meter, read } = recordingMeter()
  const context = createContext(factory.config.parse(config), { id: 'syscall/x', meter })
  const processor = createSyscallProcessor(context, next)
  const batch = metricsBatch(rows)
  const before = copyBatch(batch)
  await processor.consume(batch, never)
  assert.equal(batch, before, 'the batch is not written to')
  return { batch, out: next.batches[0]!, own: await read() }
}

const s = suite('syscall processor')

s('adds class and group, and keeps everything else as it is', async () => {
  const { batch, out } = await run({})
  const want = toPoints(batch).map(point => ({ ...point, attributes: { ...point.attributes } }))
  const got = toPoints(out)
  assert.equal(
    got.map(({ attributes: { 'syscall.class': _c, 'syscall.group': _g, ...attributes }, ...point }) => ({
      ...point,
      attributes,
    })),
    want,
  )
  assert.equal(
    got.map(point => point.attributes['syscall.group']),
    ['ReadWrite', 'ReadWrite', 'Sockets', 'ReadWrite', 'Futex'],
  )
  assert.is(out.tables[0]!.metrics, batch.tables[0]!.metrics)
})

const filters: readonly (readonly [string, unknown, readonly number[]])[] = [
  ['include by call', { include: { syscalls: ['sys_read'] } }, [1, 2, 8]],
  ['include by class', { include: { classes: ['Network', 'IPC'] } }, [4, 16]],
  ['include by group', { include: { groups: ['ReadWrite'] } }, [1, 2, 8]],
  ['include by container name', { include: { containers: ['web'] } }, [1, 2, 4]],
  ['include by container id', { include: { containers: ['c0ffee00c0ff'] } }, [1, 2, 4]],
  ['include by unit', { include: { units: ['ssh'] } }, [8, 16]],
  ['include by call and source', { include: { syscalls: ['read'], units: ['*.service'] } }, [8]],
  ['exclude by call', { exclude: { syscalls: ['read'] } }, [4, 16]],
  ['exclude by call and source', { exclude: { syscalls: ['read'], units: ['ssh*'] } }, [1, 2, 4, 16]],
  ['exclude wins', { include: { containers: ['web'] }, exclude: { syscalls: ['bind'] } }, [1, 2]],
  ['exclude of all', { exclude: { units: ['*'], containers: ['web'] } }, []],
]
for (const [name, config, want] of filters)
  s(`filters: ${name}`, async () => {
    const { out, own } = await run(config)
    const points = toPoints(out)
    assert.equal(
      points.map(point => Number(point.value)),
      want,
    )
    const resources = new Set(points.map(point => point.resource))
    assert.equal(new Set(out.resources.map(resource => resource.id)), resources, 'no resource without points')
    assert.is(own['processor_syscall_filtered_points{processor=syscall/x}'], 5 - want.length)
  })

s('a filter by call drops what has no name, unless it only excludes', async () => {
  const overflow = { attributes: { 'otel.metric.overflow': true }, values: { 'swoll.syscall.calls': 32 } }
  const rows = [...ROWS, overflow]
  const sums = async (config: unknown) => toPoints((await run(config, rows)).out).map(p => Number(p.value))
  assert.equal(await sums({ include: { classes: ['Network'] } }), [4])
  assert.equal(await sums({ exclude: { classes: ['FileSystem'] } }), [4, 16, 32])
})

s('passes a table about something else as it is', async () => {
  const rows = [{ attributes: { other: 1 }, values: { v: 1 } }]
  const { batch, out } = await run({ include: { classes: ['IPC'] }, attributes: [] }, rows)
  assert.is(out.tables[0], batch.tables[0])
})

for (const kept of [[], ['name'], ['class'], ['class', 'errno'], ['group', 'name', 'outcome']] as const)
  s(`adds up exactly when only [${kept}] is kept`, async () => {
    const random = seeded(4)
    const { batch, out } = await run({ attributes: kept }, randomRows(random, 200))
    const all = await run({}, randomRows(seeded(4), 200))
    const keys = ['syscall.name', 'syscall.class', 'syscall.group', 'error.type']
    const names = ['name', 'class', 'group', 'errno']
    const lost = keys.filter((_, i) => !(kept as readonly string[]).includes(names[i]!))
    const want = pointsBySeries(all.out, lost)
    const got = pointsBySeries(out)
    assert.equal([...got.keys()].sort(), [...want.keys()].sort())
    for (const [id, points] of want) assert.equal(got.get(id)![0]!.value, addUp(points).value, id)
    assert.is(batch.tables[0]!.rows, 200)
  })

s('passes on what the next component says', async () => {
  const context = createContext(factory.config.parse({}))
  const processor = createSyscallProcessor(context, failing('PIPE_REJECTED'))
  await rejects(processor.consume(metricsBatch(ROWS), never), 'PIPE_REJECTED')
})

s('keeps the promises of a component', () => checkLifecycle(factory, {}))
s.run()
