/** The registry over this machine's cgroup file system: ids are inode numbers, and paths come back by id. */
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toCgroupKey } from '../../kernel/cgroups/cgroup-key.ts'
import { createRegistry, readHierarchy } from '../../kernel/cgroups/host.ts'
import { lacksBpf, lacksFile, lacksRoot, requireAll } from '../kit/skip.ts'
import { Cgroup, cgroupRoot } from './kit/cgroup.ts'

requireAll(lacksRoot(), lacksBpf(), lacksFile(join(import.meta.dirname, '../../native/build/swoll.node')))

const words = (id: bigint): [number, number] => [Number(id & 0xffff_ffffn), Number(id >> 32n)]

const s = suite('createRegistry on this machine')
s('keys by the hierarchy that has the containers', () => {
  const { version, mountPoint, subsystem, id } = readHierarchy()
  assert.equal(
    { version, mountPoint, subsystem, id },
    { version: 2, mountPoint: cgroupRoot(), subsystem: -1, id: 0 },
  )
})
s('names cgroups that were there before', async () => {
  await using cgroup = Cgroup.create()
  const registry = createRegistry(readHierarchy(), () => 0)
  registry.readTree()
  assert.equal(registry.resourceOf(registry.ownerOf(...words(cgroup.id)))?.attributes, {
    'process.linux.cgroup': `/${cgroup.name}`,
  })
  assert.is(registry.resourceOf(registry.ownerOf(1, 0))?.id, 'cgroup:/', 'the root has id 1')
})
s('names a cgroup whose birth came without a path, as under lockdown', async () => {
  const registry = createRegistry(readHierarchy(), () => 0)
  await using cgroup = Cgroup.create()
  registry.birth(toCgroupKey(cgroup.id), { parent: 1, name: '', makerUid: 0 })
  assert.is(registry.resourceOf(registry.ownerOf(...words(cgroup.id)))?.id, `cgroup:/${cgroup.name}`)
})
s('names a cgroup whose birth was lost, by a walk', async () => {
  const registry = createRegistry(readHierarchy(), () => 0)
  await using cgroup = Cgroup.create()
  const held = registry.ownerOf(...words(cgroup.id))
  const owner = registry.resolveWanted().get(held)
  assert.is(registry.resourceOf(owner!)?.id, `cgroup:/${cgroup.name}`)
})
s('gives up a cgroup that is gone', async () => {
  let id = 0n
  {
    await using cgroup = Cgroup.create()
    id = cgroup.id
  }
  let nowMs = 0
  const registry = createRegistry(readHierarchy(), () => nowMs)
  const held = registry.ownerOf(...words(id))
  nowMs = 60_000
  assert.is(registry.resourceOf(registry.resolveWanted().get(held)!)?.id, 'unresolved')
})
s.run()
