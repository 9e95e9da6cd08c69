/** Calls of real cgroups have the name of whoever owns them, whatever the cgroups are called, wherever they are, and whatever was lost. */
import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemClock } from '../../pipeline/clock.ts'
import { Collector } from '../../receiver/ebpf/collector.ts'
import { config } from '../../receiver/ebpf/config.ts'
import { toPoints } from '../kit/metrics.ts'
import { lacksBpf, lacksCommand, lacksFile, lacksRoot, requireAll, when } from '../kit/skip.ts'
import { cgroupRoot } from './kit/cgroup.ts'
import { workloadPath } from './kit/workload.ts'

requireAll(lacksRoot(), lacksBpf(), lacksCommand('setpriv'))

const V1 = '/sys/fs/cgroup/pids'
const USER = 12_345
let made = 0
const newId = (): string => (process.pid * 1000 + ++made).toString(16).padStart(64, 'f')

/** Folders of cgroups, a character per byte; removed with all below them. */
class Folders implements Disposable {
  readonly #tops: string[] = []

  /** Makes all of a path; `top` names what is the test's own. */
  make(root: string, top: string, ...below: string[]): string {
    this.#tops.push(`${root}/${top}`)
    const path = [root, top, ...below].join('/')
    for (let end = root.length + 1; end > 0; ) {
      end = path.indexOf('/', end + 1)
      const each = Buffer.from(end < 0 ? path : path.slice(0, end), 'latin1')
      if (!existsSync(each)) mkdirSync(each)
    }
    return path
  }

  [Symbol.dispose](): void {
    for (const top of this.#tops) remove(top)
  }
}

function remove(folder: string): void {
  const path = Buffer.from(folder, 'latin1')
  if (!existsSync(path)) return
  for (const entry of readdirSync(path, { withFileTypes: true, encoding: 'latin1' }))
    if (entry.isDirectory()) remove(`${folder}/${entry.name}`)
  rmdirSync(path)
}

/** So many calls of getppid, and hardly any other, in a cgroup. */
function call(folder: string, calls: number): void {
  const escaped = folder.replace(/[\x80-\xff]/g, byte => `\\0${byte.charCodeAt(0).toString(8)}`)
  const script = 'echo 0 >"$(printf %b "$1")/cgroup.procs" && exec "$2" "$3"'
  execFileSync('sh', ['-c', script, 'sh', escaped, workloadPath('bare'), `${calls}`], { stdio: 'pipe' })
}

/** A collector of this host, to be asked for the calls of getppid, by the id of the resource. */
function start(written: object = {}) {
  const collector = new Collector(config.parse(written), systemClock)
  return {
    collector,
    async callsOf(resource: string): Promise<number> {
      await delay(150) // the drain thread
      collector.drain()
      return toPoints(collector.collect())
        .filter(point => point.metric === 'swoll.syscall.calls' && point.resource === resource)
        .filter(point => point.attributes['syscall.name'] === 'getppid')
        .reduce((sum, { value }) => sum + Number(value), 0)
    },
    [Symbol.dispose]: () => collector.close(),
  }
}

const docker = (id: string): string => `container:docker:${id}`
const top = (): string => `swoll-test-${process.pid}-${made}`

const s = suite('the calls of a cgroup are whose they are')
s('below a path that is longer than the kernel shows, also when it is gone at once', async () => {
  using agent = start()
  using folders = new Folders()
  const long = Array.from({ length: 5 }, () => 'x'.repeat(210))
  const [living, gone] = [newId(), newId()]
  call(folders.make(cgroupRoot(), top(), ...long, `docker-${living}.scope`), 1009)
  const short = folders.make(cgroupRoot(), top(), ...long, `docker-${gone}.scope`)
  call(short, 1013)
  await delay(20)
  remove(short)
  assert.is(await agent.callsOf(docker(living)), 1009)
  assert.is(await agent.callsOf(docker(gone)), 1013)
})
s('with names that are not UTF-8, there before and made after', async () => {
  using folders = new Folders()
  const [before, after] = [newId(), newId()]
  const first = folders.make(cgroupRoot(), top(), '\xff\xe8', `docker-${before}.scope`)
  using agent = start()
  const second = folders.make(cgroupRoot(), top(), '\xfe', `docker-${after}.scope`)
  call(first, 1009)
  call(second, 1013)
  call(second.slice(0, second.lastIndexOf('/')), 1019)
  assert.is(await agent.callsOf(docker(before)), 1009)
  assert.is(await agent.callsOf(docker(after)), 1013)
  assert.is(await agent.callsOf(`cgroup:/${top()}/\ufffdfe`), 1019)
})
s('whose births were lost', async () => {
  using agent = start({ ring_size: 4096, queue_size: 1024 * 1024 })
  using folders = new Folders()
  const ids = Array.from({ length: 100 }, newId)
  const name = top()
  const made = ids.map(id => folders.make(cgroupRoot(), name, `docker-${id}.scope`))
  for (const folder of made.slice(0, 7)) call(folder, 101)
  for (const id of ids.slice(0, 7)) assert.is(await agent.callsOf(docker(id)), 101)
})
s('and of nobody else, where a user made it', async () => {
  using agent = start()
  using folders = new Folders()
  const [real, own] = [newId(), newId()]
  call(folders.make(cgroupRoot(), top(), `docker-${real}.scope`), 1009)
  const home = folders.make(cgroupRoot(), `${top()}-home`)
  chownSync(home, USER, USER)
  const make = (name: string): string => {
    execFileSync('setpriv', [
      `--reuid=${USER}`,
      `--regid=${USER}`,
      '--clear-groups',
      'mkdir',
      '-p',
      `${home}/${name}`,
    ])
    return `${home}/${name}`
  }
  call(make(`docker-${real}.scope`), 1013)
  call(make(`docker-${own}.scope`), 1019)
  const pod = `kubepods-pod${'0'.repeat(32)}.slice`
  call(make(`${pod}/cri-containerd-${real}.scope`), 1021)
  assert.is(await agent.callsOf(docker(real)), 1009)
  assert.is(await agent.callsOf(`${docker(own)}@/${top()}-home`), 1019)
  assert.is(await agent.callsOf(`cgroup:/${top()}-home`), 1013 + 1021)
})
s.run()

const v1 = suite('beside cgroup v2')
const onHybrid = when(v1, lacksFile(`${V1}/cgroup.procs`))
onHybrid('the calls of a container that v1 alone knows are its own', async () => {
  using agent = start()
  using folders = new Folders()
  const [container, service] = [newId(), `${top()}.service`]
  call(folders.make(V1, top(), 'docker', container), 1009)
  call(folders.make(V1, service), 1013)
  assert.is(await agent.callsOf(docker(container)), 1009)
  assert.ok((await agent.callsOf(`unit:${service}`)) <= 1013, 'until it was known to be no container')
})
onHybrid('a renamed cgroup has its calls under the name that it had', async () => {
  using agent = start()
  using folders = new Folders()
  const [before, after] = [newId(), newId()]
  const folder = folders.make(V1, top(), 'docker', before)
  const renamed = folder.replace(before, after)
  call(folder, 1009)
  renameSync(folder, renamed)
  call(renamed, 1013)
  assert.is(await agent.callsOf(docker(before)), 1009)
  assert.is(await agent.callsOf(docker(after)), 1013)
  call(renamed, 1019)
  assert.is(await agent.callsOf(docker(after)), 2032)
})
v1.run()

const left = suite('calls that are not wanted')
left('are left out by the kernel, and counted by rule', async () => {
  using folders = new Folders()
  const [quiet, loud] = [newId(), newId()]
  using agent = start({ exclude: [{ name: 'quiet', syscalls: ['getppid'], containers: [quiet] }] })
  const [first, second] = [quiet, loud].map(id => folders.make(cgroupRoot(), top(), `docker-${id}.scope`))
  await agent.callsOf(docker(quiet)) // its name is known now
  call(first!, 1009)
  call(second!, 1013)
  assert.is(await agent.callsOf(docker(quiet)), 0)
  assert.is(await agent.callsOf(docker(loud)), 1013)
  assert.equal([...agent.collector.exclusions.dropped()], [['quiet', 1009]])
  assert.is(agent.collector.books?.dropped, 1009)
  assert.is(agent.collector.books?.unaccounted, 0)
})
left('are those of the host where containers alone are counted', async () => {
  using folders = new Folders()
  const container = newId()
  using agent = start({ from: 'containers' })
  const service = folders.make(cgroupRoot(), `${top()}.service`)
  call(folders.make(cgroupRoot(), top(), `docker-${container}.scope`), 1009)
  call(service, 1013)
  assert.is(await agent.callsOf(docker(container)), 1009)
  assert.is(await agent.callsOf(`unit:${top()}.service`), 0)
  assert.is(agent.collector.books?.unaccounted, 0)
})
left.run()
