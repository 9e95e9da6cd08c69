import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readHierarchy } from '../../../kernel/cgroups/host.ts'
import { type HostRoots, toRoots } from '../../../kernel/cgroups/roots.ts'
import { config } from '../../../receiver/ebpf/config.ts'

const s = suite('toRoots')
for (const [name, given, want] of [
  ['this machine, without a container', {}, { proc: '/proc' }],
  ['a root file system', { root_path: '/host/' }, { proc: '/host/proc', cgroup: '/host/sys/fs/cgroup' }],
  ['a /proc elsewhere', { proc_path: '/p' }, { proc: '/p' }],
  ['cgroups elsewhere', { root_path: '/host', cgroup_path: '/cg/' }, { proc: '/host/proc', cgroup: '/cg' }],
] as const satisfies readonly (readonly [string, object, HostRoots])[])
  s(name, () => assert.equal(toRoots(config.parse(given)), want))
s('refuses a relative path', () => {
  const { error } = config.safeParse({ root_path: 'host' })
  assert.match(error!.issues[0]!.message, /must be an absolute path such as "\/host", got "host" \(string\)/)
})
s('names what is not the /proc of a host', () => {
  assert.throws(
    () => readHierarchy({ proc: '/nowhere' }),
    (error: Error) => /^\/nowhere: must be the \/proc of the host/.test(error.message),
  )
})
s.run()
