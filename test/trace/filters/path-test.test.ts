import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DESCRIPTOR_DETACHED, descriptorLayout } from '../../../native/generated/trace-layout.ts'
import { createPathTest } from '../../../trace/filters/path-test.ts'
import { type CallSpec, type ChunkSpec, tracedCall } from '../../kit/traced-call.ts'

const REGULAR = 0o100644

/** Returns the bytes that the kernel side sends for a descriptor: names from the file up. */
function referent(path: string, flags = 0): Uint8Array {
  const names = path.split('/').slice(1).reverse()
  const text = path === '/' ? '' : `${names.join('\0')}\0`
  const bytes = new Uint8Array(descriptorLayout.size + Buffer.byteLength(text))
  const view = new DataView(bytes.buffer)
  view.setUint16(descriptorLayout.mode, REGULAR, true)
  view.setUint16(descriptorLayout.flags, flags, true)
  bytes.set(Buffer.from(text), descriptorLayout.size)
  return bytes
}
const at = (order: number, bytes: ChunkSpec['bytes'], more: Partial<ChunkSpec> = {}): ChunkSpec => ({
  order,
  ...(bytes !== undefined && { bytes }),
  ...more,
})
const openat = (folder: string, path: string, opened?: string): CallSpec => ({
  call: 'openat',
  arguments: [5, 1, 0, 0],
  ret: 3,
  chunks: [at(0, referent(folder)), at(1, path), ...(opened ? [at(2, referent(opened))] : [])],
})
const read = (path: string, flags = 0): CallSpec => ({
  call: 'read',
  arguments: [3, 1, 9],
  chunks: [at(0, referent(path, flags))],
})

const s = suite('createPathTest')
const rows: readonly (readonly [string, readonly string[], CallSpec, boolean])[] = [
  ['an absolute path', ['/etc/passwd'], openat('/root', '/etc/passwd'), true],
  ['one written otherwise', ['/etc/passwd'], openat('/root', '/etc/../etc//passwd'), true],
  ['another path', ['/etc/passwd'], openat('/root', '/etc/passwd-'), false],
  ['a path in a folder', ['/etc/passwd'], openat('/etc', 'passwd'), true],
  ['a path up from a folder', ['/etc/passwd'], openat('/etc/ssl', '../passwd'), true],
  ['the folder that a path begins in', ['/etc'], openat('/etc', 'passwd'), true],
  ['what was opened, by a link', ['/usr/lib/a'], openat('/', '/lib/a', '/usr/lib/a'), true],
  ['a descriptor', ['/etc/passwd'], read('/etc/passwd'), true],
  ['the root', ['/'], read('/'), true],
  ['another descriptor', ['/etc'], read('/etc/passwd'), false],
  ['all below', ['/etc/'], read('/etc/ssl/openssl.cnf'), true],
  ['all below, itself', ['/etc/'], read('/etc'), true],
  ['all below, a name that begins so', ['/etc/'], read('/etcetera'), false],
  ['all below the root', ['/'], openat('/', '/a/b'), true],
  ['what has no folder', ['/etc/passwd'], read('/etc/passwd', DESCRIPTOR_DETACHED), false],
  ['one of two', ['/a', '/b'], read('/b'), true],
  ['a name that is not ASCII', ['/tmp/ü'], read('/tmp/ü'), true],
  [
    'a path without a folder to begin in',
    ['/etc/passwd'],
    { call: 'chdir', arguments: [1], chunks: [at(0, 'passwd')] },
    false,
  ],
  [
    'a path that could not be read',
    ['/a'],
    { call: 'chdir', arguments: [1], chunks: [at(0, undefined, { isUnreadable: true })] },
    false,
  ],
  ['a call without paths', ['/a'], { call: 'getpid' }, false],
]
for (const [name, paths, call, want] of rows)
  s(`${name}: ${want}`, () => assert.is(createPathTest(paths)(tracedCall(call)), want))
s.run()
