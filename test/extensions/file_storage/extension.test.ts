import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Services } from '../../../pipeline/services.ts'
import { eventually } from '../../kit/consumers.ts'
import { rejects } from '../../kit/rejects.ts'
import { claimed, openStorage, record, scratch, textOf } from './kit.ts'

const kept = suite('records')
kept('are there in their order after a restart, by component and log', async () => {
  using folder = scratch()
  {
    await using storage = await openStorage(folder.path)
    const [a, b] = [await storage.open('exporters.a'), await storage.open('exporters.b/c')]
    for (const text of ['1', '2', '3']) a.append('logs', record(text, 10))
    a.append('metrics', record('m'))
    b.append('logs', record('other'))
    assert.equal(a.unclaimed(), [], 'what an instance appends is its own')
    a.remove(2)
  }
  assert.equal(readdirSync(folder.path).sort(), ['exporters.a.db', 'exporters.b%2Fc.db'])
  await using storage = await openStorage(folder.path)
  const [a, b] = [await storage.open('exporters.a'), await storage.open('exporters.b/c')]
  assert.equal(a.unclaimed().sort(), ['logs', 'metrics'])
  assert.equal(
    a.claim('logs').map(({ items, bytes, format, id }) => [items, bytes, format, textOf(a, id)]),
    [
      [10, 1, 'text', '1'],
      [10, 1, 'text', '3'],
    ],
  )
  assert.equal([claimed(a, 'metrics'), claimed(b)], [['m'], ['other']])
  assert.equal([a.claim('logs'), a.unclaimed()], [[], []], 'each is claimed once')
})
kept('of any size come back as they were', async () => {
  using folder = scratch()
  const data = [0, 1, 4095, 4096, 100_000, 5_000_000].map(n =>
    new Uint8Array(n).map((_, i) => (i * 31) % 251),
  )
  {
    await using storage = await openStorage(folder.path, { fsync: true })
    const store = await storage.open()
    for (const each of data) store.append('logs', { format: 'f', items: 1, data: each })
  }
  await using storage = await openStorage(folder.path)
  const store = await storage.open()
  const found = store.claim('logs').map(({ id }) => Buffer.from(store.read(id)!))
  assert.is(found.length, data.length)
  for (const [i, each] of found.entries()) assert.ok(each.equals(data[i]!), `${data[i]!.length} bytes`)
})
kept(
  "are their owner's alone to read, in a directory that others enter and a file that they could read",
  async () => {
    using folder = scratch()
    chmodSync(folder.path, 0o755)
    writeFileSync(join(folder.path, 'exporters.old.db'), '', { mode: 0o644 })
    const umask = process.umask(0o022)
    try {
      await using storage = await openStorage(folder.path)
      for (const component of ['exporters.new', 'exporters.old'])
        (await storage.open(component)).append('logs', record('1'))
      const names = readdirSync(folder.path)
      for (const name of ['exporters.new.db', 'exporters.new.db-wal', 'exporters.old.db'])
        assert.ok(names.includes(name), name)
      for (const name of names) assert.is(statSync(join(folder.path, name)).mode & 0o777, 0o600, name)
    } finally {
      process.umask(umask)
    }
  },
)
kept('that are all gone leave no file', async () => {
  using folder = scratch()
  await using storage = await openStorage(folder.path)
  const store = await storage.open()
  const { id } = store.append('logs', record('1'))!
  store.remove(id)
  store.close()
  await eventually(() => readdirSync(folder.path).length === 0)
})
kept.run()

const shared = suite('instances of one component')
shared('hand over what the one that ends has left, once', async () => {
  using folder = scratch()
  await using storage = await openStorage(folder.path)
  const told: string[] = []
  const before = await storage.open('a')
  before.append('logs', record('1'))
  before.append('traces', record('2'))
  const after = await storage.open('a', log => told.push(log))
  after.append('logs', record('3'))
  assert.equal([after.unclaimed(), told], [[], []])
  before.close()
  assert.equal(
    [told.sort(), after.unclaimed().sort()],
    [
      ['logs', 'traces'],
      ['logs', 'traces'],
    ],
  )
  assert.equal([claimed(after), claimed(after, 'traces')], [['1'], ['2']])
})
shared(
  'of a storage whose configuration has changed go on with the file, by what the latest has',
  async () => {
    using folder = scratch()
    const big = { format: 'f', items: 1, data: new Uint8Array(1_500_000) }
    const services = new Services()
    await using old = await openStorage(folder.path, { max_size: '1MiB' }, services)
    const before = await old.open()
    before.append('logs', record('1'))
    {
      await using refused = await openStorage(folder.path, { max_size: '8MiB' }, services)
      ;(await refused.open()).close()
    }
    assert.is(before.append('logs', big), undefined, 'the change was refused')
    const endHold = services.hold()
    await using now = await openStorage(folder.path, { max_size: '4MiB' }, services)
    const told: string[] = []
    const after = await now.open('exporters.a', log => told.push(log))
    before.close()
    await old[Symbol.asyncDispose]()
    await endHold(AbortSignal.abort())
    assert.equal([told, claimed(after)], [['logs'], ['1']])
    assert.ok(after.append('logs', big))
  },
)
shared.run()

const bounds = suite('a file')
bounds('takes no more than max_size, says so, and takes more once there is room', async () => {
  using folder = scratch()
  await using storage = await openStorage(folder.path, { max_size: '1MiB' })
  const store = await storage.open()
  const big = { format: 'f', items: 1, data: new Uint8Array(100_000) }
  const ids: number[] = []
  for (let stored = store.append('logs', big); stored; stored = store.append('logs', big)) ids.push(stored.id)
  assert.ok(ids.length >= 8 && ids.length <= 10, `${ids.length} of 100 kB`)
  assert.ok(statSync(join(folder.path, 'exporters.a.db')).size <= 2 ** 20)
  assert.equal(
    storage.lines.map(({ level, message, fields }) => [level, message, fields.records, fields.error]),
    [['error', 'Records could not be written to the disk', 1, 'database or disk is full']],
  )
  assert.is((await storage.read())['extension_file_storage_refused_records{extension=file_storage}'], 1)
  for (const id of ids) store.remove(id)
  assert.ok(store.append('logs', big))
})
bounds('gives back the room that an outage took', async () => {
  using folder = scratch()
  await using storage = await openStorage(folder.path)
  const store = await storage.open()
  const size = async () =>
    (await storage.read())['extension_file_storage_size{component=exporters.a,extension=file_storage}']!
  const ids = Array.from(
    { length: 400 },
    () => store.append('logs', { format: 'f', items: 1, data: new Uint8Array(100_000) })!.id,
  )
  const most = await size()
  for (const id of ids) store.remove(id)
  assert.ok(most > 40e6 && (await size()) < 10e6, `${most}, then ${await size()}`)
})
bounds.run()

const refused = suite('file_storage refuses')
async function refuses(attempt: Promise<unknown>, message: string | RegExp): Promise<void> {
  const error = await rejects(attempt, 'STORAGE_FAILED')
  if (typeof message === 'string') assert.is(error.message, message)
  else assert.match(error.message, message)
}
refused('a directory that others may write, or that is none', async () => {
  using folder = scratch()
  const open = join(folder.path, 'open')
  mkdirSync(open)
  chmodSync(open, 0o777)
  await refuses(openStorage(open), `directory: ${open}: may be written by others (0777); chmod go-w ${open}`)
  const file = join(folder.path, 'file')
  writeFileSync(file, '')
  await refuses(openStorage(file), new RegExp(`^directory: ${file}: `))
})
refused('one that is not there and must not be made', async () => {
  using folder = scratch()
  const none = join(folder.path, 'none')
  await refuses(
    openStorage(none, { create_directory: false }),
    /ENOENT.*; make it, or set create_directory: true$/,
  )
  await using _ = await openStorage(join(none, 'deep'), { directory_permissions: '0750' })
  assert.is(statSync(join(none, 'deep')).mode & 0o777, 0o750)
  assert.ok(existsSync(none))
})
refused('a file that cannot be made', async () => {
  using folder = scratch()
  mkdirSync(join(folder.path, 'exporters.a.db'))
  await using storage = await openStorage(folder.path)
  const path = join(folder.path, 'exporters.a.db')
  await refuses(storage.open(), `${path}: unable to open database file`)
})
refused('a file that another process has open', async () => {
  using folder = scratch()
  const path = join(folder.path, 'exporters.a.db')
  const code = `const db = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(path)})
    db.exec('pragma locking_mode = exclusive; begin exclusive; create table t(a)'); console.log('locked'); setInterval(() => {}, 1e6)`
  const other = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(other.stdout, 'data')
  await using storage = await openStorage(folder.path, { timeout: '50ms' })
  const open = () => storage.open()
  await refuses(open(), `${path}: another process has it open; give each agent a directory of its own`)
  other.kill('SIGKILL')
  await once(other, 'exit')
  ;(await open()).close()
})
refused.run()
