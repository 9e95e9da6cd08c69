/** Makes the RPM: the tree of the Debian package, less what is Debian's own, packed by rpmbuild. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempDisposableSync, readdirSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { install, layOutSystem, readPackage, settle, sourceDate } from './system-tree.ts'
import type { Target } from './target.ts'

/** Builds into `folder`; gives the path of the package. */
export function buildRpm(folder: string, target: Target): string {
  using work = mkdtempDisposableSync(join(tmpdir(), 'swoll-rpm-'))
  const tree = join(work.path, 'tree')
  layOutSystem(tree, target)
  renameSync(join(tree, 'usr/share/zsh/vendor-completions'), join(tree, 'usr/share/zsh/site-functions')) // not Debian's
  for (const name of ['CHANGELOG.md', 'LICENSE']) install(name, join(tree, 'usr/share/doc/swoll', name))
  settle(tree)
  const { version, description } = readPackage()
  const macros = {
    _topdir: join(work.path, 'top'),
    tree,
    release_version: version.replace('-', '~'), // 1.0.0~rc.1 comes before 1.0.0
    release_description: description,
  }
  const defines = Object.entries(macros).flatMap(([name, value]) => ['--define', `${name} ${value}`])
  const env = { ...process.env, SOURCE_DATE_EPOCH: `${sourceDate()}`, LC_ALL: 'C.UTF-8' }
  const args = ['-bb', '--quiet', `--target=${target.rpm}-linux`, ...defines, 'deploy/rpm/swoll.spec']
  execFileSync('rpmbuild', args, { env, stdio: 'pipe' })
  const built = join(work.path, 'top/RPMS', target.rpm)
  const [name] = readdirSync(built)
  mkdirSync(folder, { recursive: true })
  copyFileSync(join(built, name!), join(folder, name!))
  return join(folder, name!)
}
