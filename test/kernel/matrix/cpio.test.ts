import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksCommand, when } from '../../kit/skip.ts'
import { type Entry, writeArchive } from './cpio.ts'

function archive(tree: readonly (readonly [string, Entry])[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-cpio-'))
  try {
    writeArchive(join(folder, 'a.cpio'), new Map(tree))
    return readFileSync(join(folder, 'a.cpio'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
const file = (text: string, isExecutable = false): Entry => ({
  kind: 'file',
  data: Buffer.from(text),
  isExecutable,
})

const write = suite('writeArchive')
write('an empty tree is only a trailer', () => {
  const fields = [...Array(4).fill(0), 1, ...Array(6).fill(0), 11, 0].map(field =>
    field.toString(16).padStart(8, '0'),
  )
  assert.is(archive([]).toString(), `070701${fields.join('')}TRAILER!!!${'\0'.repeat(4)}`)
})
for (const length of [0, 1, 3, 4, 5])
  write(`pads ${length} bytes of data to a multiple of four`, () => {
    assert.is(archive([['f', file('x'.repeat(length))]]).length % 4, 0)
  })
write('does not depend on the order of the tree', () => {
  const [a, b] = [['a', file('1')] as const, ['b/c', file('2')] as const]
  assert.equal(archive([a, b]), archive([b, a]))
})
when(write, lacksCommand('cpio'))(
  'cpio unpacks what was written, with modes, links and missing folders',
  () => {
    const bytes = archive([
      ['init', file('#!', true)],
      ['usr/lib/a', file('12345')],
      ['lib', { kind: 'link', target: 'usr/lib' }],
      ['proc', { kind: 'folder' }],
    ])
    const listing = execFileSync('cpio', ['-itv', '--quiet', '--numeric-uid-gid'], {
      input: bytes,
      encoding: 'utf8',
    })
    const rows = listing
      .trim()
      .split('\n')
      .map(line => line.replace(/ +0 +0 +(\d+) Jan +1 +1970 /, ' $1 ').replace(/ +/g, ' '))
    assert.equal(rows, [
      '-rwxr-xr-x 1 2 init',
      'lrwxrwxrwx 1 7 lib -> usr/lib',
      'drwxr-xr-x 2 0 proc',
      'drwxr-xr-x 2 0 usr',
      'drwxr-xr-x 2 0 usr/lib',
      '-rw-r--r-- 1 5 usr/lib/a',
    ])
  },
)
write.run()
