import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdtempDisposableSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Audit } from '../../../../extensions/trace_api/auth/audit.ts'
import { AuditFile } from '../../../../extensions/trace_api/auth/audit-file.ts'
import type { AuditRecord } from '../../../../extensions/trace_api/auth/gate.ts'
import { fakeClock } from '../../../kit/clock.ts'
import { recordingLogger } from '../../../kit/context.ts'

const file = suite('AuditFile')

async function openFile(max_size = 1_000_000) {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-audit-'))
  const path = join(folder.path, 'audit')
  const lost: [number, string][] = []
  const opened = new AuditFile({
    config: { path, max_size },
    onLost: (lines, reason) => lost.push([lines, reason]),
  })
  await opened.start()
  const lines = (at = path) => readFileSync(at, 'utf8').split('\n').slice(0, -1)
  /** Waits until it is written. */
  const write = async (...given: string[]) => {
    for (const line of given) opened.write(line)
    await opened.written()
  }
  return {
    path,
    lost,
    opened,
    lines,
    write,
    async [Symbol.asyncDispose]() {
      await opened.close()
      folder.remove()
    },
  }
}

file('appends to what is there, for its owner alone', async () => {
  await using at = await openFile()
  writeFileSync(at.path, 'before\n')
  await at.write('a', 'b')
  await at.write('c')
  assert.equal(at.lines(), ['before', 'a', 'b', 'c'])
  assert.is(statSync(at.path).mode & 0o777, 0o600)
  assert.equal(at.lost, [])
})

file('goes on in a new file where somebody renames or removes the old one', async () => {
  await using at = await openFile()
  await at.write('a')
  renameSync(at.path, `${at.path}-20260101`)
  await at.write('b')
  assert.equal([at.lines(`${at.path}-20260101`), at.lines()], [['a'], ['b']])
  rmSync(at.path)
  await at.write('c')
  assert.equal(at.lines(), ['c'])
})

file('renames a file that is large enough, and keeps one such file', async () => {
  await using at = await openFile(10)
  for (const line of ['12345678', '9', 'abcdefghij']) await at.write(line)
  assert.equal([at.lines(`${at.path}.1`), at.lines()], [['12345678', '9'], ['abcdefghij']])
  await at.write('k')
  assert.equal([at.lines(`${at.path}.1`), at.lines()], [['abcdefghij'], ['k']])
})

file('counts what does not fit while the disk is slow, and what cannot be written', async () => {
  await using at = await openFile()
  const line = 'x'.repeat(100_000)
  for (let i = 0; i < 30; i++) at.opened.write(line)
  await at.opened.written()
  const written = at.lines().length
  const missing = at.lost.reduce((sum, [lines, reason]) => sum + (reason === 'queue_full' ? lines : 0), 0)
  assert.is(written + missing, 30)
  assert.ok(missing > 0)
})

file('a full disk costs what was written to it, and no more', async () => {
  const lost: [number, string][] = []
  const onLost = (lines: number, reason: string, error?: Error) => {
    lost.push([lines, reason])
    assert.match(String(error), /ENOSPC/)
  }
  const opened = new AuditFile({ config: { path: '/dev/full', max_size: 1000 }, onLost })
  await opened.start()
  for (const line of ['a', 'b']) opened.write(line)
  await opened.written()
  opened.write('c')
  await opened.close()
  assert.is(
    lost.reduce((sum, [lines]) => sum + lines, 0),
    3,
  )
})

file('a line that was torn by a full disk does not spoil the next', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-audit-'))
  const mount = ['mount', '-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', folder.path] as const
  try {
    execFileSync(mount[0], mount.slice(1), { stdio: 'ignore' })
  } catch {
    return // without root there is no small disk
  }
  try {
    const path = join(folder.path, 'audit')
    const lost: number[] = []
    const opened = new AuditFile({ config: { path, max_size: 1e6 }, onLost: lines => lost.push(lines) })
    await opened.start()
    const rest = join(folder.path, 'rest')
    writeFileSync(rest, Buffer.alloc(4096))
    opened.write(`1${'x'.repeat(3000)}`)
    await opened.written()
    opened.write(`2${'y'.repeat(3000)}`)
    await opened.written()
    rmSync(rest)
    opened.write('3')
    await opened.close()
    const lines = readFileSync(path, 'utf8').split('\n')
    assert.is(lines[0]?.length, 3001)
    assert.is(lines.at(-2), '3')
    assert.is(
      lost.reduce((sum, count) => sum + count, 0),
      1,
    )
  } finally {
    execFileSync('umount', [folder.path])
  }
})

file('a file that somebody else chose is refused at the start', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-audit-'))
  const path = join(folder.path, 'none', 'audit')
  const opened = new AuditFile({ config: { path, max_size: 1000 }, onLost() {} })
  assert.is((await opened.start().catch(error => error)).code, 'ENOENT')
  symlinkSync('/proc/self/nothing', join(folder.path, 'link'))
  const linked = new AuditFile({ config: { path: join(folder.path, 'link'), max_size: 1000 }, onLost() {} })
  assert.instance(await linked.start().catch(error => error), Error)
})
file.run()

const audit = suite('Audit')
const ANN = { name: 'ann', groups: ['devs', 'ev\x1bil'], via: 'token', extra: { secret: ['x'] } } as const
const record: AuditRecord = {
  who: ANN,
  address: '10.0.0.1',
  verb: 'create',
  namespace: 'shop',
  job: 'a',
  status: 201,
  spec: { syscalls: ['openat'] },
}

async function openAudit(path?: string) {
  const clock = fakeClock()
  const log = recordingLogger()
  const lost: number[] = []
  const config = path === undefined ? undefined : { path, max_size: 1e6 }
  const opened = new Audit({ config, clock, log, countLost: count => void lost.push(count) })
  await opened.start()
  return { opened, clock, log, lost }
}

audit('a record says who did what, from where, with which rights', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-audit-'))
  const path = join(folder.path, 'audit')
  const { opened, log } = await openAudit(path)
  opened.add(record)
  await opened.close()
  const fields = {
    user: 'ann',
    via: 'token',
    address: '10.0.0.1',
    verb: 'create',
    namespace: 'shop',
    job: 'a',
    status: 201,
    spec: { syscalls: ['openat'] },
  }
  const written = JSON.parse(readFileSync(path, 'utf8'))
  assert.equal(written, { time: '2023-11-14T22:13:20.000Z', ...fields, groups: written.groups })
  assert.is(written.groups[0], 'devs')
  assert.not.match(readFileSync(path, 'utf8'), /extra|secret/)
  assert.not.ok(readFileSync(path, 'utf8').includes('\x1b'))
  assert.equal(
    [log.lines[0]?.level, log.lines[0]?.fields.user, log.lines[0]?.fields.verb],
    ['info', 'ann', 'create'],
  )
})

audit('the end of a job says whose calls came, and how many', async () => {
  const { opened, log } = await openAudit()
  const matched = Array.from({ length: 101 }, (_, i) => `shop/web-${i}/nginx`)
  opened.add({ ...record, verb: 'end', status: undefined, reason: 'Duration', matched, calls: 12 })
  const { fields } = log.lines[0]!
  assert.is((fields.matched as string[]).length, 100)
  assert.equal([fields.matched_total, fields.calls, fields.reason], [101, 12, 'Duration'])
})

audit('who looks is told to those who search, who changes and who is refused to all', async () => {
  const { opened, log } = await openAudit()
  opened.add({ ...record, verb: 'get', status: 200 })
  opened.add({ ...record, verb: 'get', status: 403 })
  opened.add({ ...record, who: undefined, status: 401 })
  assert.equal(
    log.lines.map(({ level, fields }) => [level, fields.user, fields.status]),
    [
      ['debug', 'ann', 200],
      ['warn', 'ann', 403],
      ['warn', undefined, 401],
    ],
  )
})

audit('refusals fill the file and not the log', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-audit-'))
  const path = join(folder.path, 'audit')
  const { opened, log, clock } = await openAudit(path)
  for (let i = 0; i < 100; i++) opened.add({ ...record, status: 401 })
  assert.is(log.lines.length, 61)
  await clock.advance(60_000)
  opened.add({ ...record, status: 401 })
  assert.is(log.lines.length, 62)
  await opened.close()
  assert.is(readFileSync(path, 'utf8').split('\n').length - 1, 101)
})

audit('whoever floods it does not drive out what is in the file, nor who has a login', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-audit-'))
  const path = join(folder.path, 'audit')
  const { opened, lost } = await openAudit(path)
  for (let i = 0; i < 1000; i++) opened.add({ ...record, who: undefined, status: 401 })
  opened.add({ ...record, status: 403 })
  opened.add(record)
  await opened.close()
  const statuses = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  assert.equal([statuses.length, lost.length], [602, 400])
  assert.equal(
    statuses.slice(-2).map(line => JSON.parse(line).status),
    [403, 201],
  )
})

audit('a record is short, whatever was asked for', async () => {
  const { opened, log } = await openAudit()
  const spec = { pods: Array.from({ length: 500 }, () => 'x'.repeat(1000)) }
  opened.add({ ...record, namespace: 'n\x1b'.repeat(1000), reason: 'y'.repeat(100_000), spec, status: 409 })
  assert.ok(JSON.stringify(log.lines).length < 4000)
})

audit('what cannot be written is counted and logged', async () => {
  const { opened, log, lost } = await openAudit('/dev/full')
  opened.add(record)
  await opened.close()
  assert.equal(lost, [1])
  assert.is(log.lines.at(-1)?.message, 'Records of the audit log could not be written')
  assert.ok(existsSync('/dev/full'))
})
audit.run()
