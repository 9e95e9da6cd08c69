import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  lchownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openPrivate } from '../../pipeline/private-file.ts'
import { Scratch } from '../kit/cli.ts'
import { lacksRoot, when } from '../kit/skip.ts'

const { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } = constants
const NEW = O_WRONLY | O_CREAT | O_TRUNC
const STRANGER = 12_345

function write(path: string, text: string, flags = NEW): void {
  const fd = openPrivate(path, flags)
  writeSync(fd, text)
  closeSync(fd)
}
const modeOf = (path: string): number => statSync(path).mode & 0o777

/** A folder with what a test says, all of a stranger. */
class Tree extends Scratch {
  folder(name: string, mode: number, uid = 0): string {
    const path = join(this.path, name)
    mkdirSync(path)
    chmodSync(path, mode)
    chownSync(path, uid, uid)
    return path
  }
  file(name: string, uid: number): string {
    const path = this.write(name, 'before')
    chownSync(path, uid, uid)
    return path
  }
}

const s = suite('openPrivate')
s('makes a file for its owner alone, and one that was there, too', () => {
  using scratch = new Scratch()
  const path = join(scratch.path, 'a')
  write(path, 'new')
  assert.equal([readFileSync(path, 'utf8'), modeOf(path)], ['new', 0o600])
  chmodSync(path, 0o666)
  write(path, 'x')
  assert.equal([readFileSync(path, 'utf8'), modeOf(path)], ['x', 0o600])
  write(path, 'y', O_WRONLY | O_APPEND)
  assert.is(readFileSync(path, 'utf8'), 'xy')
})
s('follows links of ours, also several, relative ones, and of folders', () => {
  using scratch = new Scratch()
  mkdirSync(join(scratch.path, 'real'))
  symlinkSync('real/../real', join(scratch.path, 'folder'))
  symlinkSync(join(scratch.path, 'folder', 'file'), join(scratch.path, 'first'))
  symlinkSync('./first', join(scratch.path, 'second'))
  write(join(scratch.path, 'second'), 'here')
  assert.is(readFileSync(join(scratch.path, 'real/file'), 'utf8'), 'here')
})
for (const [name, path, code] of [
  ['a folder that is not there', '/no/such/file', 'ENOENT'],
  ['a folder', '/tmp/', 'EISDIR'],
  ['a file for a folder', '/etc/passwd/x', 'ENOTDIR'],
] as const)
  s(`gives the system's error for ${name}`, () => {
    assert.throws(
      () => openPrivate(path, NEW),
      (error: NodeJS.ErrnoException) => error.code === code && !error.message.includes('/proc'),
    )
  })
s('refuses links that lead to themselves', () => {
  using scratch = new Scratch()
  symlinkSync('a', join(scratch.path, 'a'))
  assert.throws(() => openPrivate(join(scratch.path, 'a'), NEW), /must not lead through so many links/)
})
s('leaves devices as they are, and adds to what is open already', () => {
  const before = modeOf('/dev/null')
  write('/dev/null', 'x')
  assert.is(modeOf('/dev/null'), before)
  using scratch = new Scratch()
  const path = scratch.write('a', 'before')
  chmodSync(path, 0o644)
  const fd = openPrivate(path, O_WRONLY)
  chmodSync(path, 0o644)
  write(`/proc/self/fd/${fd}`, ' after')
  assert.equal([readFileSync(path, 'utf8'), modeOf(path)], ['before after', 0o644])
  closeSync(fd)
})

const asRoot = when(s, lacksRoot())
const OF_ALL = 0o1777
const refused: readonly (readonly [string, (tree: Tree) => string])[] = [
  [
    'a link that a stranger put where everybody may write',
    tree => {
      const path = join(tree.folder('tmp', OF_ALL), 'x')
      symlinkSync(tree.file('victim', 0), path)
      return strangers(path)
    },
  ],
  [
    'a file that a stranger put there',
    tree => {
      tree.folder('tmp', OF_ALL)
      return tree.file('tmp/x', STRANGER)
    },
  ],
  [
    'a second name there of a file',
    tree => {
      const path = join(tree.folder('tmp', OF_ALL), 'x')
      linkSync(tree.file('victim', 0), path)
      return path
    },
  ],
  [
    "a stranger's link out of the stranger's folder",
    tree => {
      const path = join(tree.folder('home', 0o755, STRANGER), 'x')
      symlinkSync(tree.file('victim', 0), path)
      return strangers(path)
    },
  ],
  [
    "a stranger's link to a folder that is not the stranger's",
    tree => {
      const path = join(tree.folder('home', 0o755, STRANGER), 'x')
      symlinkSync(tree.folder('etc', 0o755), path)
      tree.file('etc/victim', 0)
      strangers(path)
      return join(path, 'victim')
    },
  ],
]
/** The link, given to a stranger. */
function strangers(link: string): string {
  lchownSync(link, STRANGER, STRANGER)
  return link
}
for (const [name, make] of refused)
  asRoot(`refuses ${name}, and leaves it alone`, () => {
    using tree = new Tree()
    const path = make(tree)
    assert.throws(
      () => openPrivate(path, NEW),
      (error: { code: string }) => error.code === 'FILE_UNSAFE',
    )
    assert.is(readFileSync(path, 'utf8'), 'before')
  })
asRoot("follows a stranger's link within the stranger's folders", () => {
  using tree = new Tree()
  const home = tree.folder('home', 0o755, STRANGER)
  tree.folder('home/data', 0o755, STRANGER)
  symlinkSync('data/file', join(home, 'x'))
  strangers(join(home, 'x'))
  write(join(home, 'x'), 'here')
  assert.is(readFileSync(join(home, 'data/file'), 'utf8'), 'here')
})
asRoot('takes what is ours, or of the folder’s owner, where everybody may write', () => {
  using tree = new Tree()
  const tmp = tree.folder('tmp', OF_ALL)
  writeFileSync(join(tmp, 'a'), 'before')
  symlinkSync('a', join(tmp, 'b'))
  write(join(tmp, 'b'), 'x')
  assert.is(readFileSync(join(tmp, 'a'), 'utf8'), 'x')
})
s.run()
