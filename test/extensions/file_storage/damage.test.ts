/** Files that are not as they were written: what is given out is always what was appended, and the rest is counted or the file is put aside. */
import { copyFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seeded } from '../../kit/random.ts'
import { rejects } from '../../kit/rejects.ts'
import { claimed, openStorage, record, scratch } from './kit.ts'

const RECORDS = 40
/** Some fill more than a page of the file. */
const textAt = (i: number) => `record ${i} ${'x'.repeat(i % 4 === 0 ? 9000 : 50 * i)}`
const NAME = 'exporters.a.db'
const PAGE = 4096

async function write(folder: string): Promise<Set<string>> {
  await using storage = await openStorage(folder)
  const store = await storage.open()
  const texts = Array.from({ length: RECORDS }, (_, i) => textAt(i))
  for (const text of texts) store.append('logs', record(text))
  return new Set(texts)
}

/** Opens it, and gives the records that come out, those found damaged, and whether the file was put aside. */
async function readAll(folder: string) {
  await using storage = await openStorage(folder)
  const store = await storage.open()
  const found = claimed(store)
  const damaged = found.filter(text => text === undefined).length
  const counted =
    (await storage.read())['extension_file_storage_damaged_records{extension=file_storage}'] ?? 0
  assert.is(counted, damaged)
  for (const id of store.claim('logs')) store.remove(id.id)
  assert.ok(store.append('logs', record('new')), 'and it goes on')
  const line = storage.lines.find(({ message }) => message.startsWith('A file was damaged'))
  return { whole: found.filter(text => text !== undefined), damaged, aside: line?.fields }
}

function assertTrue(whole: readonly string[], texts: ReadonlySet<string>, what: string): void {
  for (const text of whole) assert.ok(texts.has(text), `${what}: ${text.slice(0, 30)}`)
  assert.is(new Set(whole).size, whole.length, `${what}: none twice`)
}

const s = suite('a damaged file')
s('gives out nothing but what was appended, whichever byte is another', async () => {
  using folder = scratch()
  const texts = await write(folder.path)
  const path = join(folder.path, NAME)
  const good = readFileSync(path)
  const random = seeded(7)
  let lost = 0
  for (let n = 0; n < 90; n++) {
    using copy = scratch()
    const at = n < 60 ? n : Math.floor(random() * good.length)
    const bytes = Buffer.from(good)
    bytes[at] = bytes[at]! ^ (1 + Math.floor(random() * 255))
    writeFileSync(join(copy.path, NAME), bytes)
    const { whole, damaged, aside } = await readAll(copy.path)
    assertTrue(whole, texts, `byte ${at}`)
    if (whole.length < RECORDS) {
      lost++
      assert.ok(damaged > 0 || aside, `byte ${at}: ${whole.length} records, and nothing said`)
    }
  }
  assert.ok(lost > 15, `${lost} of 90 changes lost something: the test changes what matters`)
})
s('gives out nothing else either, wherever it is cut', async () => {
  using folder = scratch()
  const texts = await write(folder.path)
  const path = join(folder.path, NAME)
  const { length } = readFileSync(path)
  for (let n = 0; n < 30; n++) {
    using copy = scratch()
    copyFileSync(path, join(copy.path, NAME))
    truncateSync(join(copy.path, NAME), Math.floor((length * n) / 30))
    const { whole, damaged, aside } = await readAll(copy.path)
    assertTrue(whole, texts, `cut ${n}`)
    assert.ok(whole.length === RECORDS || damaged > 0 || aside || n === 0, `cut ${n}`)
  }
})
s('is put aside where its structure is damaged, with what could be read in the new one', async () => {
  using folder = scratch()
  const texts = await write(folder.path)
  const good = readFileSync(join(folder.path, NAME))
  const salvaged: number[] = []
  for (let page = 1; page < good.length / PAGE; page++) {
    using copy = scratch()
    const path = join(copy.path, NAME)
    writeFileSync(path, Buffer.from(good).fill(0xff, PAGE * page, PAGE * (page + 1)))
    const { whole, aside } = await readAll(copy.path)
    assertTrue(whole, texts, `page ${page}`)
    if (!aside) continue
    assert.equal([aside.aside, aside.salvaged], [`${path}.damaged-1`, whole.length])
    assert.ok(existsSync(`${path}.damaged-1`))
    salvaged.push(whole.length)
  }
  assert.ok(
    salvaged.some(n => n > RECORDS / 2 && n < RECORDS),
    `${salvaged}: some of them, but for one page`,
  )
})
s('that is no database at all is put aside too, or refused where that is asked for', async () => {
  using folder = scratch()
  const path = join(folder.path, NAME)
  writeFileSync(path, 'this is no database, whatever its name says'.repeat(100))
  {
    await using strict = await openStorage(folder.path, { recreate: false })
    const { message } = await rejects(strict.open(), 'STORAGE_FAILED')
    assert.is(
      message,
      `${path}: file is not a database; remove it, or set recreate: true to have it put aside`,
    )
  }
  const { whole, aside } = await readAll(folder.path)
  assert.equal([whole, aside?.salvaged], [[], 0])
  rmSync(path)
})
s.run()
