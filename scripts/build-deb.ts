/**
 * Makes the Debian package for hosts without Kubernetes: everything under /usr/lib/swoll, the service, and its configuration.
 *
 *     npm run deb [-- FOLDER]        FOLDER/swoll_VERSION_ARCH.deb; by default in build/
 *
 * Needs what `npm run build` needs, and dpkg-dev. No network once that is there.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { install, layOutSystem, readPackage, settle, sourceDate } from './release/system-tree.ts'
import { HOST, type Target } from './release/target.ts'

const MAINTAINER = 'The swoll authors <swoll@swoll.example>'
const SCRIPTS = ['postinst', 'prerm', 'postrm']
/** Files that are linked against Debian's libraries; Node brings all but the C library with it. */
const LINKED = ['native/build/swoll.node', `node_modules/node-linux-${process.arch}/bin/node`]

/** dpkg of Debian 12 and Ubuntu 22.04 can read this form; xz would take ten times as long for a tenth less. */
const COMPRESSION = ['-Zzstd', '-z12']

interface DebOptions {
  readonly target?: Target
  readonly compression?: readonly string[]
}

/** Builds into `folder`; gives the path of the package. */
export function buildDeb(
  folder: string,
  { target = HOST, compression = COMPRESSION }: DebOptions = {},
): string {
  using work = mkdtempDisposableSync(join(tmpdir(), 'swoll-deb-'))
  const root = join(work.path, 'root')
  layOutSystem(root, target)
  addDocuments(root)
  const control = toControl(work.path, root, target)
  mkdirSync(join(root, 'DEBIAN'))
  writeFileSync(join(root, 'DEBIAN/control'), control)
  writeFileSync(join(root, 'DEBIAN/conffiles'), '/etc/swoll/agent.yaml\n')
  for (const name of SCRIPTS) install(`deploy/debian/${name}`, join(root, 'DEBIAN', name), '755')
  settle(root)
  mkdirSync(folder, { recursive: true })
  const args = ['--root-owner-group', ...compression, '--build', root, folder]
  const env = { ...process.env, SOURCE_DATE_EPOCH: `${sourceDate()}` }
  const said = execFileSync('dpkg-deb', args, { encoding: 'utf8', env })
  return /'([^']+\.deb)'\.?\s*$/.exec(said)![1]!
}

/** Adds the documents at the places that Debian prescribes. */
function addDocuments(root: string): void {
  const documents = join(root, 'usr/share/doc/swoll')
  install('deploy/debian/copyright', join(documents, 'copyright'))
  install('deploy/debian/lintian-overrides', join(root, 'usr/share/lintian/overrides/swoll'))
  // Under this name it need not be in Debian's form.
  writeFileSync(join(documents, 'NEWS.gz'), gzipSync(readFileSync('CHANGELOG.md'), { level: 9 }))
  writeFileSync(join(documents, 'changelog.gz'), gzipSync(toDebianChangelog(), { level: 9 }))
}

/** Debian's form of it: one entry, which points to the other file. */
function toDebianChangelog(): string {
  const date = execFileSync('date', ['-R', '-u', `--date=@${sourceDate()}`], { encoding: 'utf8' }).trim()
  return `swoll (${readPackage().version}) stable; urgency=medium\n\n  * See NEWS.gz.\n\n -- ${MAINTAINER}  ${date}\n`
}

function toControl(work: string, root: string, { architecture }: Target): string {
  const kibibytes = execFileSync('du', ['-sk', '--apparent-size', root], { encoding: 'utf8' }).split('\t')[0]
  return `Package: swoll
Version: ${readPackage().version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${kibibytes}
Depends: ${dependencies(work)}, init-system-helpers (>= 1.54~)
Section: admin
Priority: optional
Description: counts and times the system calls of containers and services
${fold(`${readPackage().description}.`)}
 .
 The service reads /etc/swoll/agent.yaml, runs as a user of its own, and gives
 up its capabilities once it has started.
`
}

/** Folds a text into the lines of a description: indented, and below 80 characters. */
function fold(text: string): string {
  return text
    .match(/.{1,78}(?= |$)/g)!
    .map(line => ` ${line.trim()}`)
    .join('\n')
}

/**
 * The packages, with versions, whose libraries are linked against: dpkg-shlibdeps knows their symbols. It knows them for this machine's
 * architecture; the others are built of the same sources against the same libraries.
 */
function dependencies(work: string): string {
  mkdirSync(join(work, 'debian'))
  writeFileSync(join(work, 'debian/control'), 'Source: swoll\n\nPackage: swoll\nArchitecture: any\n')
  const files = LINKED.map(path => `-e${resolve(path)}`)
  const said = execFileSync('dpkg-shlibdeps', ['-O', ...files], {
    cwd: work,
    encoding: 'utf8',
    stdio: 'pipe',
  })
  return /^shlibs:Depends=(.*)$/m.exec(said)![1]!
}

if (import.meta.main) {
  process.chdir(join(import.meta.dirname, '..'))
  process.stdout.write(`${buildDeb(resolve(process.argv[2] ?? 'build'))}\n`)
}
