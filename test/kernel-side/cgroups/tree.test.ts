import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toCgroupKey } from '../../../kernel/cgroups/cgroup-key.ts'
import { rootsPlace } from '../../../kernel/cgroups/place.ts'
import { cgroupFileSystem, readCgroupTree, type TreeEntry } from '../../../kernel/cgroups/tree.ts'

const TOP = rootsPlace('/')
const pathsOf = (entries: Iterable<TreeEntry>) => [...entries].map(({ place }) => place.path).sort()
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
    const entries = [...readCgroupTree(root, TOP)]
    assert.equal(pathsOf(entries), PATHS)
    for (const { key, place } of entries) {
      assert.is(key, toCgroupKey(lstatSync(root + place.path, { bigint: true }).ino))
    }
  })
})
s('gives parents before their children', () => {
  withTree(root => {
    const seen = new Set<string>()
    for (const { place } of readCgroupTree(root, TOP)) {
      const { path } = place
      const parent = path.slice(0, path.lastIndexOf('/')) || '/'
      assert.ok(path === '/' || seen.has(parent), path)
      seen.add(path)
    }
  })
})
s('reads no folder before it is asked to', () => {
  const read: string[] = []
  const names = (path: string): string[] => {
    read.push(path)
    return ['x']
  }
  const entries = readCgroupTree('/r', TOP, { folder: () => ({ inode: 1n, uid: 0 }), names })
  entries.next()
  assert.equal(read, ['/r'])
  entries.next()
  assert.equal(read, ['/r', '/r/x'])
})
s('leaves out what goes while it reads', () => {
  withTree(root => {
    const entries = readCgroupTree(root, TOP, {
      ...cgroupFileSystem,
      names(path) {
        const names = cgroupFileSystem.names(path)
        rmSync(`${root}/a.slice/b.service`, { recursive: true, force: true })
        return names
      },
    })
    assert.equal(pathsOf(entries), ['/', '/a.slice', '/d'])
  })
})
s('keeps inode numbers from 2^53 exact', () => {
  const big = (1n << 63n) + 1n
  const [entry] = readCgroupTree('/r', TOP, { folder: () => ({ inode: big, uid: 0 }), names: () => [] })
  assert.is(entry?.key, big)
})
s('is empty without a root', () => assert.equal([...readCgroupTree(`${import.meta.filename}/none`, TOP)], []))
s('finds folders whose names are not UTF-8', () => {
  withTree(root => {
    mkdirSync(Buffer.from(`${root}/d/\xff\xe8/e`, 'latin1'), { recursive: true })
    assert.equal(pathsOf(readCgroupTree(root, TOP)), [...PATHS, '/d/\xff\xe8', '/d/\xff\xe8/e'])
  })
})
s('puts what is mounted below its place in the hierarchy', () => {
  withTree(root => {
    const paths = pathsOf(readCgroupTree(root, rootsPlace('/docker/x')))
    assert.equal(paths.slice(0, 2), ['/docker/x', '/docker/x/a.slice'])
  })
})
s('believes no name in a folder that is not root’s', () => {
  const uids: Record<string, number> = { '/r/a/b': 1000 }
  const children: Record<string, string[]> = {
    '/r': ['a'],
    '/r/a': ['b'],
    '/r/a/b': ['c'],
    '/r/a/b/c': ['d'],
  }
  const entries = readCgroupTree('/r', TOP, {
    folder: path => ({ inode: 1n, uid: uids[path] ?? 0 }),
    names: path => children[path] ?? [],
  })
  assert.equal(
    [...entries].map(({ place: { path, believed } }) => [path, believed]),
    [
      ['/', Number.POSITIVE_INFINITY],
      ['/a', Number.POSITIVE_INFINITY],
      ['/a/b', Number.POSITIVE_INFINITY],
      ['/a/b/c', 2],
      ['/a/b/c/d', 2],
    ],
  )
})
s.run()
