/** A release, made twice, and each of its files looked into: installed or unpacked, and run. */
// Takes minutes.
// Has for itself: dist.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HOST, TARGETS, type Target } from '../../scripts/release/target.ts'
import { Scratch } from '../kit/cli.ts'
import { lacksCommand, lacksFile, lacksRoot, requireAll } from '../kit/skip.ts'
import { lacksImageBuild } from './kit/dockerfile.ts'
import { KUBERNETES_VERSION, lacksPrograms, programPath } from './kit/kubernetes/programs.ts'
import * as kit from './kit/release.ts'

const ROOT = join(import.meta.dirname, '../..')
const COMMANDS = [
  'clang',
  'dpkg-deb',
  'dpkg-shlibdeps',
  'ld.lld',
  'npm',
  'qemu-aarch64-static',
  'readelf',
  'rpm',
  'rpmbuild',
]
requireAll(lacksRoot(), ...COMMANDS.map(lacksCommand), lacksFile(join(ROOT, 'native/build/swoll.node')))
requireAll(lacksPrograms(), lacksImageBuild())

const KINDS = ['deb', 'rpm', 'tar', 'image', 'chart', 'sbom'] as const
const { version } = kit.readJson<{ readonly version: string }>(join(ROOT, 'package.json'))
const scratch = new Scratch()
process.once('exit', () => {
  for (const store of stores) kit.closeStore(store)
  scratch[Symbol.dispose]()
})
const release = join(scratch.path, 'release')
const store = join(scratch.path, 'images')
const stores = [store]

/** A folder of its own for what is unpacked. */
function folder(name: string): string {
  const path = join(scratch.path, name, 'root')
  mkdirSync(path, { recursive: true })
  return path
}

function checkProgram(root: string, home: string, target: Target): void {
  kit.checkModes(join(root, home))
  kit.checkLibrary(join(root, home))
  assert.match(kit.runSwoll(root, home, target, ['--version']), version)
  kit.runSwoll(root, home, target, [
    'validate',
    '--config',
    join(root, home, 'dist/otel-config/presets/agent.yaml'),
  ])
}

const s = suite('a release')
s('is made by one script, with the names that users look for', () => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], { stdio: 'ignore' })
  const files = kit
    .makeRelease(store, { folder: release, targets: TARGETS, kinds: KINDS })
    .map(path => basename(path))
  assert.equal(files, [
    `swoll_${version}_amd64.deb`,
    `swoll_${version}_arm64.deb`,
    `swoll-${version}-1.x86_64.rpm`,
    `swoll-${version}-1.aarch64.rpm`,
    `swoll-${version}-linux-amd64.tar.gz`,
    `swoll-${version}-linux-arm64.tar.gz`,
    `swoll-${version}-image-amd64.tar`,
    `swoll-${version}-image-arm64.tar`,
    `swoll-${version}-krew.yaml`,
    `swoll-${version}.tgz`,
    `swoll-${version}.cdx.json`,
    `swoll-${version}.spdx.json`,
    'SHA256SUMS',
    'provenance.intoto.json',
  ])
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: release })
})

s('is the same when it is made again, with another umask, time zone and language', () => {
  const again = join(scratch.path, 'again')
  const before = { umask: process.umask(0o077), env: { ...process.env } }
  Object.assign(process.env, { TZ: 'Asia/Kolkata', LC_ALL: 'C' })
  try {
    kit.makeRelease(store, { folder: again, targets: [HOST], kinds: KINDS })
  } finally {
    process.umask(before.umask)
    process.env = before.env
  }
  const lines = (of: string) => readFileSync(join(of, 'SHA256SUMS'), 'utf8').trimEnd().split('\n')
  // The plugin's manifest has the platforms that were built.
  const same = (line: string) => !/arm64|aarch64|-krew\.yaml/.test(line)
  assert.equal(lines(again).filter(same), lines(release).filter(same))
})

for (const target of TARGETS) {
  const { architecture } = target
  s(`Debian package, ${architecture}`, () => {
    const deb = kit.find(release, new RegExp(`_${architecture}\\.deb$`))
    const field = (name: string) =>
      execFileSync('dpkg-deb', ['--field', deb, name], { encoding: 'utf8' }).trim()
    assert.is(field('Architecture'), architecture)
    assert.match(field('Depends'), /libbpf1 .*libc6 .*libstdc\+\+6/)
    const root = folder(`deb-${architecture}`)
    execFileSync('dpkg-deb', ['--extract', deb, root])
    checkProgram(root, 'usr/lib/swoll', target)
  })

  s(`RPM, ${architecture}`, () => {
    const rpm = kit.find(release, new RegExp(`\\.${target.rpm}\\.rpm$`))
    const query = (...args: string[]) =>
      execFileSync('rpm', ['--query', '--package', rpm, ...args], { encoding: 'utf8' })
    assert.is(query('--configfiles'), '/etc/swoll/agent.yaml\n')
    assert.is(query('--queryformat', '%{ARCH} %{VERSION}'), `${target.rpm} ${version}`)
    assert.match(query('--requires'), /^libbpf\.so\.1\(\)\(64bit\)$/m)
    const root = folder(`rpm-${architecture}`)
    const how = ['--nodeps', '--noscripts', '--ignorearch', '--dbpath=/var/lib/rpm']
    execFileSync('rpm', ['--root', root, '--install', ...how, rpm], { stdio: 'pipe' })
    assert.is(
      readFileSync(join(root, 'etc/swoll/agent.yaml'), 'utf8'),
      readFileSync(join(ROOT, 'otel-config/presets/agent.yaml'), 'utf8'),
    )
    checkProgram(root, 'usr/lib/swoll', target)
    execFileSync('rpm', ['--root', root, '--erase', '--noscripts', '--dbpath=/var/lib/rpm', 'swoll'], {
      stdio: 'pipe',
    })
    assert.is(execFileSync('find', [root, '-name', '*swoll*'], { encoding: 'utf8' }), '')
  })

  s(`tar.gz, ${architecture}`, () => {
    const archive = kit.find(release, new RegExp(`-linux-${architecture}\\.tar\\.gz$`))
    const root = folder(`tar-${architecture}`)
    execFileSync('tar', ['-C', root, '-xzf', archive])
    const home = `swoll-${version}-linux-${architecture}`
    checkProgram(root, home, target)
    kit.runSwoll(root, home, target, ['validate', '--config', join(root, home, 'agent.yaml')])
  })

  s(`image, ${architecture}`, () => {
    const archive = kit.find(release, new RegExp(`-image-${architecture}\\.tar$`))
    const own = folder(`image-${architecture}`)
    stores.push(own)
    const buildah = kit.buildahIn(own)
    const run = (...args: string[]) =>
      execFileSync('buildah', [...buildah, ...args], {
        encoding: 'utf8',
        stdio: 'pipe',
        maxBuffer: 1 << 28,
      }).trim()
    const container = run('from', '--arch', architecture, `oci-archive:${archive}`)
    const { OCIv1 } = JSON.parse(run('inspect', container))
    assert.equal([OCIv1.architecture, OCIv1.config.Entrypoint], [architecture, ['/opt/swoll/bin/swoll']])
    assert.is(OCIv1.config.Labels['org.opencontainers.image.version'], version)
    const root = run('mount', container)
    checkProgram(root, 'opt/swoll', target)
    if (target === HOST)
      assert.match(
        execFileSync('chroot', [root, '/opt/swoll/bin/swoll', '--version'], { encoding: 'utf8' }),
        version,
      )
    assert.match(
      readFileSync(join(root, 'var/lib/dpkg/status.d/libbpf1'), 'utf8'),
      `Architecture: ${architecture}`,
    )
    run('umount', container)
  })
}

s('chart: installs the image of its own version', () => {
  const chart = kit.find(release, /\.tgz$/)
  const helm = (...args: string[]) => execFileSync(programPath('helm'), args, { encoding: 'utf8' })
  assert.match(helm('show', 'chart', chart), new RegExp(`^appVersion: "?${version}"?$`, 'm'))
  assert.match(
    helm(
      'template',
      'swoll',
      chart,
      '--kube-version',
      KUBERNETES_VERSION,
      '--set',
      'image.repository=ghcr.io/x/swoll',
    ),
    new RegExp(`image: "?ghcr\\.io/x/swoll:${version}"?$`, 'm'),
  )
})

s('bills of materials: all packages that are shipped, and none that is not', () => {
  const lock = kit.readJson<{
    packages: Record<string, { dev?: boolean; link?: boolean; version: string }>
  }>(join(ROOT, 'package-lock.json'))
  // The pages are bundled: with what is in the bundle, without what makes it.
  const bundler = /^web$|^node_modules\/(esbuild$|@esbuild\/)|\/(@types\/react|csstype)$/
  const shipped = Object.entries(lock.packages)
    .filter(([path, { dev, link }]) => path !== '' && !dev && !link && !bundler.test(path))
    .map(([path, entry]) => `${path.replace(/.*node_modules\//, '')}@${entry.version}`)
  const cyclonedx = kit.readJson<{ components: { name: string; version: string }[] }>(
    kit.find(release, /\.cdx\.json$/),
  )
  const spdx = kit.readJson<{ packages: { name: string; versionInfo: string }[] }>(
    kit.find(release, /\.spdx\.json$/),
  )
  const sorted = (names: readonly string[]) => [...new Set(names)].sort()
  assert.equal(sorted(cyclonedx.components.map(each => `${each.name}@${each.version}`)), sorted(shipped))
  assert.equal(
    sorted(spdx.packages.map(each => `${each.name}@${each.versionInfo}`)),
    sorted([...shipped, `swoll@${version}`]),
  )
})

s('provenance: every file by its checksum', () => {
  const { subject } = kit.readJson<{ subject: { name: string; digest: { sha256: string } }[] }>(
    join(release, 'provenance.intoto.json'),
  )
  const sums = readFileSync(join(release, 'SHA256SUMS'), 'utf8')
  for (const { name, digest } of subject.filter(({ name }) => name !== 'SHA256SUMS'))
    assert.match(sums, `${digest.sha256}  ${name}\n`)
  assert.is(subject.length, sums.trimEnd().split('\n').length + 1)
})
s.run()
