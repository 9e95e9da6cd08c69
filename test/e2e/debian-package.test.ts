/** The Debian package in a real Debian with systemd: installed, run as a service, upgraded, purged. */
// Has for itself: dist.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildDeb } from '../../scripts/build-deb.ts'
import { parseSamples } from '../exporters/prometheus/parse-text.ts'
import { Scratch } from '../kit/cli.ts'
import { lacksBpf, lacksCommand, lacksFile, lacksRoot, requireAll } from '../kit/skip.ts'
import { NO_CAPABILITIES, readThreads } from '../kit/threads.ts'
import { waitFor } from './kit/kubernetes/wait.ts'
import { lacksMachine, Machine } from './kit/systemd/machine.ts'

const ROOT = join(import.meta.dirname, '../..')
requireAll(lacksRoot(), lacksBpf(), ...['cc', 'curl', 'dpkg-deb', 'dpkg-shlibdeps'].map(lacksCommand))
requireAll(lacksFile(join(ROOT, 'native/build/swoll.node')), lacksMachine())

/** Nobody minds if this machine loses its files in a power cut. */
const DPKG = ['dpkg', '--force-unsafe-io']
const CALLS = 10_007
const CONFIG = 'etc/swoll/agent.yaml'
/** The worst accepted rating of `systemd-analyze security`: 0 is best, 10 uses none of its settings. */
const MOST_EXPOSURE = 2.0

/** Runs with a machine, not yet booted, that has the package as a file, and a unit that makes calls. */
async function withPackage(run: (machine: Machine, file: string) => Promise<void>): Promise<void> {
  using scratch = new Scratch()
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], { stdio: 'ignore' })
  const deb = buildDeb(scratch.path, { compression: ['-Znone'] })
  await using machine = new Machine()
  copyFileSync(deb, join(machine.root, basename(deb)))
  execFileSync('cc', [
    '-static',
    '-O2',
    '-o',
    join(machine.root, 'visitor'),
    join(ROOT, 'test/e2e/kit/visitor.c'),
  ])
  writeFileSync(
    join(machine.root, 'etc/systemd/system/visitor.service'),
    `[Service]\nType=oneshot\nExecStart=/visitor ${CALLS} 400\n`,
  )
  try {
    await run(machine, `/${basename(deb)}`)
  } catch (error) {
    process.stdout.write(machine.run('journalctl', '--no-pager', '--unit=swoll')) // what it said is the best hint
    throw error
  }
}

/** Returns the agent's counts for the visitor's unit: `err count`. */
function countsOf(machine: Machine): string[] {
  const text = machine.runInNetwork('curl', '--silent', '--fail', 'http://127.0.0.1:9095/metrics')
  return [...parseSamples(text)]
    .filter(([series]) => /^swoll_node_metrics_syscall_count\{.*sys_sched_get_priority_max"/.test(series))
    .filter(([series]) => /unit="[^"]*visitor\.service"/.test(series))
    .map(([series, count]) => `${/err="(\w+)"/.exec(series)![1]} ${count}`)
    .sort()
}

const s = suite('the Debian package')
s('installs, runs as a service without capabilities, counts units exactly, upgrades and is purged', () =>
  withPackage(async (machine, file) => {
    machine.chroot(...DPKG, '--install', file)
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    assert.ok(machine.chroot('swoll', '--version').startsWith(`swoll version ${version} (commit `))
    machine.chroot('swoll', 'validate', '--config', `/${CONFIG}`)
    assert.is(statSync(join(machine.root, 'usr/lib/swoll')).mode & 0o777, 0o755)
    const quick = readFileSync(join(machine.root, CONFIG), 'utf8').replace(/(interval:) 10s/, '$1 200ms')
    writeFileSync(join(machine.root, CONFIG), quick)

    await machine.boot()
    assert.is(machine.run('systemctl', 'is-enabled', 'swoll').trim(), 'enabled')
    await waitFor(
      'the first numbers',
      async () => machine.runInNetwork('curl', '-sf', 'http://127.0.0.1:9095/metrics') !== '',
    )
    machine.run('systemctl', 'start', 'visitor.service') // returns when it has ended
    await waitFor('the calls of the unit', async () => countsOf(machine).length === 2)
    assert.equal(countsOf(machine), [`EINVAL ${CALLS}`, `OK ${CALLS}`])
    checkPrivileges(machine)
    checkUnit(machine)
    const traced = machine.run('sh', '-c', 'swoll trace --syscalls execve -- /bin/true 2>&1')
    assert.match(traced, /execve\(.*\/bin\/true/)

    machine.run(...DPKG, '--install', file)
    assert.is(machine.run('systemctl', 'is-active', 'swoll').trim(), 'active')
    assert.is(readFileSync(join(machine.root, CONFIG), 'utf8'), quick, 'what was changed stays')
    machine.run('dpkg', '--purge', 'swoll')
    assert.equal(
      ['usr/lib/swoll', 'usr/bin/swoll', CONFIG].filter(path => existsSync(join(machine.root, path))),
      [],
    )
    assert.is(machine.run('sh', '-c', 'systemctl is-active swoll || true').trim(), 'inactive')
  }),
)
s.run()

function checkPrivileges(machine: Machine): void {
  const [pid] = machine.pidsOf('swoll.service')
  for (const { name, effective, permitted, ambient, noNewPrivileges } of readThreads(pid!)) {
    assert.equal([effective, permitted, ambient], [NO_CAPABILITIES, NO_CAPABILITIES, NO_CAPABILITIES], name)
    assert.ok(noNewPrivileges, name)
  }
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  assert.not.match(status, /^Uid:\t0\t/m)
  assert.match(status, /^Seccomp:\t2$/m)
}

function checkUnit(machine: Machine): void {
  machine.run('systemd-analyze', 'verify', 'swoll.service')
  const report = machine.run('systemd-analyze', 'security', '--no-pager', 'swoll.service')
  const exposure = Number(/Overall exposure level for swoll\.service: ([\d.]+)/.exec(report)?.[1])
  process.stdout.write(`exposure ${exposure}\n`)
  assert.ok(exposure <= MOST_EXPOSURE, report)
}
