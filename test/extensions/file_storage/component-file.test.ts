/** Removals that a full disk refuses: what was sent never comes again from this process, and goes once there is room. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ComponentFile } from '../../../extensions/file_storage/component-file.ts'
import { Database } from '../../../extensions/file_storage/database.ts'
import { fakeClock } from '../../kit/clock.ts'
import { recordingLogger } from '../../kit/context.ts'
import { claimed, record, scratch } from './kit.ts'

/** A file whose disk takes removals only while `isFull` is false, or once the reserve beside it has been given up. */
async function open(folder: string, { reserveHelps = false } = {}) {
  const { DatabaseSync } = await import('node:sqlite')
  const path = join(folder, 'a.db')
  const disk = { isFull: false }
  class FullDatabase extends Database {
    override remove(id: number): void {
      const hasRoom = !disk.isFull || (reserveHelps && !existsSync(`${path}-reserve`))
      if (!hasRoom) throw new Error('database or disk is full')
      super.remove(id)
    }
  }
  const options = { fsync: false, timeoutMs: 100, maxBytes: 2 ** 24 }
  const database = new FullDatabase(timeout => new DatabaseSync(path, { timeout }), options)
  const file = new ComponentFile({ path, database, log: recordingLogger(), clock: fakeClock() })
  return { path, disk, database, file, options, store: file.open(options, () => {}) }
}

const s = suite('removals on a full disk')
s('are counted, and not given to the next instance', async () => {
  using folder = scratch()
  const { disk, file, store, database, options } = await open(folder.path)
  const ids = ['a', 'b', 'c'].map(text => store.append('logs', record(text))!.id)
  disk.isFull = true
  for (const id of ids.slice(0, 2)) store.remove(id)
  assert.is(file.refused, 2)
  assert.is(database.list('logs').length, 3)
  const next = file.open(options, () => {})
  store.close()
  assert.equal(claimed(next), ['c'])
  await file.close()
})
s('are made good with the next record, or at the end', async () => {
  using folder = scratch()
  const { path, disk, file, store, database } = await open(folder.path)
  const ids = ['a', 'b', 'c'].map(text => store.append('logs', record(text))!.id)
  disk.isFull = true
  store.remove(ids[0]!)
  disk.isFull = false
  store.append('logs', record('d'))
  assert.equal(claimed({ ...store, claim: log => database.list(log) }), ['b', 'c', 'd'])
  disk.isFull = true
  for (const { id } of database.list('logs')) store.remove(id)
  disk.isFull = false
  await file.close()
  assert.equal([existsSync(path), existsSync(`${path}-reserve`)], [false, false])
})
s('use the room that was kept for them', async () => {
  using folder = scratch()
  const { path, disk, file, store, database } = await open(folder.path, { reserveHelps: true })
  const { id } = store.append('logs', record('a'))!
  assert.ok(existsSync(`${path}-reserve`))
  disk.isFull = true
  store.remove(id)
  assert.equal([file.refused, database.list('logs')], [0, []])
  assert.is(existsSync(`${path}-reserve`), false)
  disk.isFull = false
  store.append('logs', record('b'))
  assert.ok(existsSync(`${path}-reserve`), 'it is taken again')
  await file.close()
})
s.run()
