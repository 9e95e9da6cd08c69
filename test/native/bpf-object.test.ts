/** A BPF object answers calls before loading, and wrong calls, with a clear error, never a crash. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NativeError } from '../../native/addon.ts'
import { BpfObject, possibleCpus } from '../../native/bpf-object.ts'
import { setLayout } from '../../native/generated/layout.ts'
import type { ErrorCode } from '../../pipeline/errors.ts'
import { failureOf } from '../kit/rejects.ts'
import { lacksFile, requireAll } from '../kit/skip.ts'

const OBJECT = 'bpf/build/accounting.bpf.o'
requireAll(lacksFile('native/build/swoll.node'), lacksFile(OBJECT))

const ENOENT = 2
const EBADF = 9

/** Runs with the accounting object open, and closes it whatever happens. */
function withObject(run: (object: BpfObject) => void): void {
  const object = new BpfObject(OBJECT)
  try {
    run(object)
  } finally {
    object.close()
  }
}

function assertRefused(run: () => unknown, code: ErrorCode, call: string, errno: number): void {
  const error = failureOf(run)
  assert.instance(error, NativeError, `${error}`)
  const { code: gotCode, call: gotCall, errno: gotErrno } = error as NativeError
  assert.equal([gotCode, gotCall, gotErrno], [code, call, errno], error.message)
  assert.instance(error.cause, Error)
}

const open = suite('open')
open('refuses a file that is not there', () => {
  const run = () => new BpfObject('bpf/build/absent.bpf.o')
  assertRefused(run, 'NATIVE_BPF_OPEN_FAILED', 'bpf_object__open_file', ENOENT)
  assert.is(
    failureOf(run).message,
    'bpf/build/absent.bpf.o: bpf_object__open_file: No such file or directory',
  )
})
for (const [name, bytes] of [
  ['an empty file', ''],
  ['what is no ELF object', 'not an object\n'.repeat(100)],
  ['an object that was cut', '\x7fELF\x02\x01\x01\0'],
] as const)
  open(`refuses ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'swoll-native-'))
    try {
      const path = join(folder, 'bad.bpf.o')
      writeFileSync(path, bytes)
      assert.is(failureOf(() => new BpfObject(path)).code, 'NATIVE_BPF_OPEN_FAILED')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
open('takes the same file twice at once', () => {
  withObject(first =>
    withObject(second => assert.equal(first.mapInfo('books_by_cpu'), second.mapInfo('books_by_cpu'))),
  )
})
open.run()

const configure = suite('before load')
configure('tells sizes of maps, as the object has them and as they are set', () => {
  withObject(object => {
    assert.equal(object.mapInfo('counters_by_set'), { keySize: 4, valueSize: setLayout.size, maxEntries: 1 })
    object.setMaxEntries('counters_by_set', 0xffff_ffff)
    assert.is(object.mapInfo('counters_by_set').maxEntries, 0xffff_ffff)
  })
})
configure('takes a variable of its size only', () => {
  withObject(object => {
    object.setVariable('set_bits', new Uint8Array(4))
    for (const size of [0, 3, 5, 8])
      assertRefused(
        () => object.setVariable('set_bits', new Uint8Array(size)),
        'NATIVE_BPF_MAP_FAILED',
        'find variable',
        ENOENT,
      )
  })
})
const NAMES = 'bpf_object__find_map_by_name'
const PROGRAMS = 'bpf_object__find_program_by_name'
for (const [name, run, code, call] of [
  ['setMaxEntries', o => o.setMaxEntries('absent', 1), 'NATIVE_BPF_MAP_FAILED', NAMES],
  ['mapInfo', o => o.mapInfo('absent'), 'NATIVE_BPF_MAP_FAILED', NAMES],
  ['mapMemory', o => o.mapMemory('absent'), 'NATIVE_BPF_MAP_FAILED', NAMES],
  ['readHash', o => o.readHash('absent'), 'NATIVE_BPF_MAP_FAILED', NAMES],
  ['deleteKey', o => o.deleteKey('absent', new Uint8Array(4)), 'NATIVE_BPF_MAP_FAILED', NAMES],
  ['startRings', o => o.startRings('absent', 1, 4096, 4096), 'NATIVE_BPF_MAP_FAILED', NAMES],
  ['setVariable', o => o.setVariable('absent', new Uint8Array(4)), 'NATIVE_BPF_MAP_FAILED', 'find variable'],
  ['setAutoload', o => o.setAutoload('absent', true), 'NATIVE_BPF_LOAD_FAILED', PROGRAMS],
  ['attach', o => o.attach('absent'), 'NATIVE_BPF_ATTACH_FAILED', PROGRAMS],
  ['runIterator', o => o.runIterator('absent'), 'NATIVE_BPF_ATTACH_FAILED', PROGRAMS],
  ['programInfo', o => o.programInfo('absent'), 'NATIVE_BPF_MAP_FAILED', PROGRAMS],
] as readonly (readonly [string, (object: BpfObject) => unknown, ErrorCode, string])[])
  configure(`${name} refuses a name that the object has not`, () => {
    withObject(object => assertRefused(() => run(object), code, call, ENOENT))
  })
configure('detaches what was never attached', () => {
  withObject(object => object.detach('sys_enter'))
})
configure('has no memory, entries or programs to show yet', () => {
  withObject(object => {
    assertRefused(() => object.mapMemory('books_by_cpu'), 'NATIVE_BPF_MAP_FAILED', 'mmap', EBADF)
    assert.is(failureOf(() => object.programInfo('sys_enter')).code, 'NATIVE_BPF_MAP_FAILED')
    assert.is(failureOf(() => object.attach('sys_enter')).code, 'NATIVE_BPF_ATTACH_FAILED')
    assert.is(failureOf(() => object.runIterator('mark_old_calls')).code, 'NATIVE_BPF_ATTACH_FAILED')
    assert.is(
      failureOf(() => object.startRings('ring_by_cpu', possibleCpus(), 4096, 4096)).code,
      'NATIVE_BPF_MAP_FAILED',
    )
    assert.is(object.readHash('lost_by_cgroup').byteLength, 0)
    assert.is(object.takeRecords().length, 0)
    assert.equal(object.ringInfo(), { queuedBytes: 0, stalls: 0n })
  })
})
configure.run()

const wrong = suite('an argument of the wrong kind')
const anything = (value: unknown) => value as never
for (const [name, run] of [
  ['a name that is a number', o => o.mapInfo(anything(7))],
  ['no name', o => o.attach(anything(undefined))],
  ['an object as a path', () => new BpfObject(anything({}))],
  ['no entries', o => o.setMaxEntries('books_by_cpu', 0)],
  ['a share of an entry', o => o.setMaxEntries('books_by_cpu', 1.5)],
  ['too many entries', o => o.setMaxEntries('books_by_cpu', 2 ** 32)],
  ['entries that are no number', o => o.setMaxEntries('books_by_cpu', Number.NaN)],
  ['a number for a boolean', o => o.setAutoload('sys_enter', anything(1))],
  ['a number for bytes', o => o.setVariable('set_bits', anything(9))],
  ['no bytes', o => o.deleteKey('lost_by_cgroup', anything(undefined))],
  ['words for bytes', o => o.setVariable('set_bits', anything(new Uint32Array(1)))],
  ['no rings', o => o.startRings('ring_by_cpu', 0, 4096, 4096)],
  ['rings of no bytes', o => o.startRings('ring_by_cpu', 1, 0, 4096)],
  ['rings of too many bytes', o => o.startRings('ring_by_cpu', 1, 2 ** 32, 4096)],
  ['a queue of nothing', o => o.startRings('ring_by_cpu', 1, 4096, 0)],
  ['a queue of no number', o => o.startRings('ring_by_cpu', 1, 4096, Number.NaN)],
] as readonly (readonly [string, (object: BpfObject) => unknown])[])
  wrong(`is a TypeError: ${name}`, () => {
    withObject(object => {
      const error = failureOf(() => run(object))
      assert.instance(error, TypeError, `${error}`)
      assert.match(error.message, /: must be .*, got /)
    })
  })
wrong.run()

const close = suite('close')
close('is idempotent, and everything after it says so', () => {
  const object = new BpfObject(OBJECT)
  object.close()
  object.close()
  const uses: readonly ((o: BpfObject) => unknown)[] = [
    o => o.setMaxEntries('books_by_cpu', 1),
    o => o.setAutoload('sys_enter', true),
    o => o.setVariable('set_bits', new Uint8Array(4)),
    o => o.load(),
    o => o.attach('sys_enter'),
    o => o.detach('sys_enter'),
    o => o.runIterator('mark_old_calls'),
    o => o.mapMemory('books_by_cpu'),
    o => o.mapInfo('books_by_cpu'),
    o => o.readHash('lost_by_cgroup'),
    o => o.deleteKey('lost_by_cgroup', new Uint8Array(16)),
    o => o.programInfo('sys_enter'),
    o => o.startRings('ring_by_cpu', 1, 4096, 4096),
    o => o.takeRecords(),
    o => o.ringInfo(),
  ]
  for (const use of uses) {
    const error = failureOf(() => use(object))
    assert.is(error.code, 'NATIVE_CLOSED', `${use}: ${error}`)
    assert.is(error.message, `${OBJECT}: must be open, and is closed`)
  }
})
close.run()
