import * as nodeFs from 'node:fs/promises'
import { chmod, link, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { backupPath, surplusBackups } from '../../../exporters/file/backups.ts'
import { config } from '../../../exporters/file/config.ts'
import { type FileSystem, OutputFile } from '../../../exporters/file/output-file.ts'
import { fakeClock } from '../../kit/clock.ts'
import { rejects } from '../../kit/rejects.ts'
import { temporaryFolder } from './kit.ts'

const MIB = 2 ** 20
/** 2026-11-24T05:59:01.123Z */
const NOW = 1_795_499_941_123n * 1_000_000n
const line = (text: string) => Buffer.from(`${text}\n`)
const rotation = config.parse({ path: 'x', rotation: {} }).rotation!

async function openFile(path: string, options: object = {}, fs?: FileSystem) {
  const problems: Error[] = []
  const clock = fakeClock(NOW)
  const file = new OutputFile({
    config: config.parse({ path, ...options }),
    clock,
    onProblem: error => problems.push(error),
    ...(fs && { fs }),
  })
  await file.open()
  return { file, problems, clock }
}

/** All frames of a file, as `zstd -d` reads them; Node stops after the first. */
function readFrames(bytes: Buffer): string {
  if (bytes.length === 0) return ''
  const { buffer, engine } = zstdDecompressSync(bytes, { info: true }) as unknown as {
    buffer: Buffer
    engine: { bytesWritten: number }
  }
  return buffer.toString() + readFrames(bytes.subarray(engine.bytesWritten))
}

const s = suite('OutputFile')
for (const [append, want] of [
  [false, 'new\n'],
  [true, 'old\nnew\n'],
] as const)
  s(`append: ${append} ${append ? 'goes on' : 'begins anew'}`, async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'a.jsonl')
    await writeFile(path, 'old\n')
    const { file } = await openFile(path, { append })
    await file.write(line('new'))
    await file.close()
    assert.is(await readFile(path, 'utf8'), want)
  })
s('makes the folders above it where it is told to, and leaves one that is there as it is', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'x/y/a.jsonl')
  const options = { append: true, create_directory: true, directory_permissions: '0700' }
  for (const text of ['one', 'two']) {
    const { file } = await openFile(path, options)
    await file.write(line(text))
    await file.close()
    await chmod(join(folder.path, 'x/y'), 0o750)
  }
  assert.is(await readFile(path, 'utf8'), 'one\ntwo\n')
  const modes = [(await stat(join(folder.path, 'x'))).mode, (await stat(join(folder.path, 'x/y'))).mode]
  assert.equal(
    modes.map(mode => mode & 0o777),
    [0o700, 0o750],
  )
})
s('says what is in the way of a folder', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'x'), '')
  const opened = openFile(join(folder.path, 'x/y/a.jsonl'), { create_directory: true })
  const failure = await opened.catch((error: unknown) => error as NodeJS.ErrnoException)
  assert.is((failure as NodeJS.ErrnoException).code, 'ENOTDIR')
})
for (const mode of ['755 ', 'rwx', '0888', '7', ''])
  s(`refuses the mode "${mode}" of folders`, () => {
    const { error } = config.safeParse({ path: 'x', directory_permissions: mode })
    assert.match(error!.issues[0]!.message, /must be an octal mode in quotes, .*, got "/)
  })
s('says that files of protobuf are not written', () => {
  const { error } = config.safeParse({ path: 'x', format: 'proto' })
  assert.is(error!.issues[0]!.message, 'must be "json", got "proto": files of protobuf are not written')
})
s('ends a line that a crash has cut short before it goes on', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  await writeFile(path, '{"cut')
  const { file } = await openFile(path, { append: true })
  await file.write(line('{}'))
  await file.close()
  assert.is(await readFile(path, 'utf8'), '{"cut\n{}\n')
})
s('can be read by its owner alone', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  const { file } = await openFile(path)
  await file.close()
  assert.is((await stat(path)).mode & 0o777, 0o600)
})
s('can be read by its owner alone, also if it was there before', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a')
  for (const append of [false, true]) {
    await writeFile(path, 'old\n')
    await chmod(path, 0o644)
    const { file } = await openFile(path, { append })
    await file.close()
    assert.is((await stat(path)).mode & 0o777, 0o600)
  }
})
s('refuses a second name of a file where everybody may write, and leaves it alone', async () => {
  await using folder = await temporaryFolder()
  const [victim, path] = ['victim', 'a'].map(name => join(folder.path, name)) as [string, string]
  await writeFile(victim, 'old\n')
  await link(victim, path)
  await chmod(folder.path, 0o1777)
  await rejects(openFile(path), 'FILE_UNSAFE')
  assert.is(await readFile(victim, 'utf8'), 'old\n')
})
s('opens a new file when somebody has moved it', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  const { file } = await openFile(path)
  await file.write(line('one'))
  await rename(path, `${path}.1`)
  await file.write(line('two'))
  await file.close()
  assert.equal([await readFile(`${path}.1`, 'utf8'), await readFile(path, 'utf8')], ['one\n', 'two\n'])
})
s('takes back what was written of a write that failed', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  let isFull = false
  const open: FileSystem['open'] = async (...args) => {
    const handle = await nodeFs.open(...args)
    const write = handle.write.bind(handle)
    handle.write = (async (bytes: Uint8Array, at: number, length: number) => {
      if (isFull && at > 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      return await write(bytes, at, isFull ? 3 : length)
    }) as typeof handle.write
    return handle
  }
  const { file } = await openFile(path, {}, { ...nodeFs, open })
  await file.write(line('one'))
  isFull = true
  const failure = await file.write(line('a longer one')).catch((error: Error) => error.message)
  isFull = false
  await file.write(line('two'))
  await file.close()
  assert.is(failure, 'no space')
  assert.is(await readFile(path, 'utf8'), 'one\ntwo\n')
})
s('compresses so that the file can be read at any time', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl.zst')
  const { file } = await openFile(path, { compression: 'zstd' })
  for (const [text, all] of [
    ['one', 'one\n'],
    ['two', 'one\ntwo\n'],
  ] as const) {
    await file.write(line(text))
    assert.is(readFrames(await readFile(path)), all)
  }
  await file.close()
})
s('begins a new file before one gets too large, and keeps so many', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  const { file, clock, problems } = await openFile(path, { rotation: { max_megabytes: 1, max_backups: 2 } })
  for (const letter of ['a', 'b', 'c', 'd', 'e']) {
    await file.write(line(letter.repeat(0.6 * MIB)))
    await clock.advance(1000)
  }
  await file.close()
  const names = (await readdir(folder.path)).sort()
  const first = await Promise.all(
    names.map(async name => (await readFile(join(folder.path, name), 'utf8'))[0]),
  )
  assert.equal(names, ['a-2026-11-24T05-59-04.123.jsonl', 'a-2026-11-24T05-59-05.123.jsonl', 'a.jsonl'])
  assert.equal(first, ['c', 'd', 'e'])
  assert.equal(problems, [])
})
s('puts an old file aside when it rotates and does not append', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  await writeFile(path, 'old\n')
  const { file } = await openFile(path, { rotation: {} })
  await file.close()
  assert.equal((await readdir(folder.path)).sort(), ['a-2026-11-24T05-59-01.123.jsonl', 'a.jsonl'])
})
s('writes on, and says so, when the file cannot be put aside', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.jsonl')
  const fs = { ...nodeFs, rename: () => Promise.reject(new Error('not allowed')) }
  const { file, problems } = await openFile(path, { rotation: { max_megabytes: 1 } }, fs)
  for (const letter of ['a', 'b']) await file.write(line(letter.repeat(0.6 * MIB)))
  await file.close()
  assert.equal((await readFile(path)).length, 2 * Math.floor(0.6 * MIB) + 2)
  assert.equal(
    problems.map(({ message }) => message),
    ['not allowed'],
  )
})
s.run()

const backups = suite('surplusBackups')
const path = '/logs/a.jsonl'
const nameAt = (days: number) =>
  backupPath(path, Date.UTC(2026, 10, 24 - days), rotation).slice('/logs/'.length)
const all = [3, 0, 2, 1].map(nameAt)
for (const [what, options, want] of [
  ['keeps all that are young and few enough', {}, []],
  ['names those that are too many, oldest last', { max_backups: 2 }, [2, 3]],
  ['names those that are too old', { max_days: 2 }, [2, 3]],
  ['keeps any number with 0', { max_backups: 0 }, []],
] as const)
  backups(what, () => {
    const nowMs = Date.UTC(2026, 10, 24, 1)
    const surplus = surplusBackups(path, [...all, 'a.jsonl', 'a-b.jsonl', 'a-2026-11-24.jsonl', 'b.jsonl'], {
      nowMs,
      rotation: { ...rotation, ...options },
    })
    assert.equal(
      surplus,
      want.map(days => `/logs/${nameAt(days)}`),
    )
  })
backups('knows names in local time again', () => {
  const local = { ...rotation, localtime: true, max_days: 1 }
  const timeMs = Date.UTC(2026, 10, 24)
  const name = backupPath(path, timeMs, local).slice('/logs/'.length)
  const surplus = (nowMs: number) => surplusBackups(path, [name], { nowMs, rotation: local }).length
  assert.equal([surplus(timeMs + 86_400_000), surplus(timeMs + 86_400_001)], [0, 1])
})
backups.run()
