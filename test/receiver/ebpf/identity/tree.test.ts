import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toCgroupKey } from '../../../../receiver/ebpf/identity/cgroup-key.ts'
import { cgroupFileSystem, readCgroupTree } from '../../../../receiver/ebpf/identity/tree.ts'

const PATHS = ['/', '/a.slice', '/a.slice/b.service', '/a.slice/b.service/c', '/d']

function withTree(run: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'swoll-tree-'))
  try {
    for (const path of PATHS) mkdirSync(root + path, { recursive: true })
    writeFileSync(`${root}/cgroup.procs`, '')
    writeFileSync(`${root}/d/cgroup.procs`, '')
    symlinkSync(root, `${root}/loop`)
    run(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

const s = suite('readCgroupTree')
s('gives every folder with its inode number, not files and not links', () => {
  withTree(root => {
    const entries = [...readCgroupTree(root)]
    assert.equal(entries.map(({ path }) => path).sort(), PATHS)
    for (const { key, path } of entries) {
      assert.is(key, toCgroupKey(lstatSync(root + path, { bigint: true }).ino))
    }
  })
})
s('gives parents before their children', () => {
  withTree(root => {
    const seen = new Set<string>()
    for (const { path } of readCgroupTree(root)) {
      const parent = path.slice(0, path.lastIndexOf('/')) || '/'
      assert.ok(path === '/' || seen.has(parent), path)
      seen.add(path)
    }
  })
})
s('reads no folder before it is asked to', () => {
  const read: string[] = []
  const folders = (path: string): string[] => {
    read.push(path)
    return ['x']
  }
  const fs = { inode: () => 1n, folders }
  const entries = readCgroupTree('/r', fs)
  entries.next()
  assert.equal(read, ['/r'])
  entries.next()
  assert.equal(read, ['/r', '/r/x'])
})
s('leaves out what goes while it reads', () => {
  withTree(root => {
    const entries = readCgroupTree(root, {
      ...cgroupFileSystem,
      folders(path) {
        const names = cgroupFileSystem.folders(path)
        rmSync(`${root}/a.slice/b.service`, { recursive: true, force: true })
        return names
      },
    })
    assert.equal([...entries].map(({ path }) => path).sort(), ['/', '/a.slice', '/d'])
  })
})
s('keeps inode numbers from 2^53 exact', () => {
  const big = (1n << 63n) + 1n
  const [entry] = readCgroupTree('/r', { inode: () => big, folders: () => [] })
  assert.is(entry?.key, big)
})
s('is empty without a root', () => assert.equal([...readCgroupTree('/nonexistent')], []))
s.run()
