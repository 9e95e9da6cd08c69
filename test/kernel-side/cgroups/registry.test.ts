import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CgroupKey, toCgroupKey } from '../../../kernel/cgroups/cgroup-key.ts'
import { rootsPlace } from '../../../kernel/cgroups/place.ts'
import { CgroupRegistry, type RegistryLimits } from '../../../kernel/cgroups/registry.ts'
import type { TreeEntry } from '../../../kernel/cgroups/tree.ts'
import { namingAt as at } from '../../receiver/ebpf/state/cgroup-records.ts'

const ID = (n: number): string => n.toString(16).padStart(64, '0')
const POD = '12345678-0000-4000-8000-000000000001'
const containerPath = (n: number): string => `/kubepods/burstable/pod${POD}/${ID(n)}`

/** A registry over a cgroup tree and a clock that the test moves. */
function host(limits: Partial<RegistryLimits> = {}, isWholeTree = true, uid = 0) {
  const tree = new Map<CgroupKey, string>()
  const calls = { pathOf: 0, walked: 0 }
  const state = { nowMs: 1000, walkMs: 0 }
  const registry = new CgroupRegistry({
    nowMs: () => state.nowMs,
    pathOf(key) {
      calls.pathOf++
      return tree.get(key)
    },
    uidOf: () => uid,
    *walk(): Generator<TreeEntry> {
      for (const [key, path] of tree) {
        calls.walked++
        state.nowMs += state.walkMs
        yield { key, place: rootsPlace(path) }
      }
    },
    isWholeTree,
    limits,
  })
  return { registry, tree, calls, state }
}
type TestHost = ReturnType<typeof host>

const idOf = ({ registry }: TestHost, key: number): string | undefined =>
  registry.resourceOf(registry.ownerOf(key, 0))?.id
const collect = ({ registry }: TestHost): readonly number[] => {
  registry.resolveWanted()
  return registry.endCollection()
}

const names = suite('CgroupRegistry names')
names('cgroups that were there before, from a walk', () => {
  const test = host()
  test.tree.set(1, '/').set(5, '/system.slice/ssh.service').set(9, containerPath(9))
  test.registry.readTree()
  assert.equal(test.registry.resourceOf(test.registry.ownerOf(9, 0)), {
    id: `container::${ID(9)}`,
    attributes: { 'container.id': ID(9), 'k8s.pod.uid': POD },
  })
  assert.is(idOf(test, 5), 'unit:ssh.service')
  assert.is(idOf(test, 1), 'cgroup:/')
  assert.is(test.registry.stats().held, 0)
})
names('a birth by the path the kernel gives, without asking the file system', () => {
  const test = host()
  test.registry.birth(7, at(containerPath(7)))
  assert.is(idOf(test, 7), `container::${ID(7)}`)
  assert.is(test.calls.pathOf, 0)
})
names('whom it has watched from the beginning, by the first cgroup', () => {
  const test = host()
  test.tree.set(9, containerPath(9))
  test.registry.readTree()
  test.registry.birth(7, at(containerPath(7)))
  test.registry.birth(10, at(`${containerPath(9)}/inner`))
  const isWatched = (n: number) => test.registry.isWatched(`container::${ID(n)}`)
  assert.equal([7, 9, 8].map(isWatched), [true, false, undefined])
  test.registry.death(7)
  test.state.nowMs += 60_000
  for (let i = 0; i < 3; i++) collect(test)
  assert.is(isWatched(7), undefined)
  test.tree.set(11, containerPath(7))
  test.registry.ownerOf(11, 0)
  collect(test)
  assert.is(isWatched(7), false, 'found by a walk')
})
names('a birth without a path by its id', () => {
  const test = host()
  test.tree.set(7, containerPath(7))
  test.registry.birth(7, at(''))
  assert.is(idOf(test, 7), `container::${ID(7)}`)
})
names('a birth without a path that is gone already is wanted when it has calls', () => {
  const test = host()
  test.registry.birth(7, at(''))
  assert.is(test.registry.stats().held, 0)
  assert.is(idOf(test, 7), undefined)
  assert.is(test.registry.stats().held, 1)
})
names('nested cgroups of a container as one resource with one owner', () => {
  const { registry } = host()
  registry.birth(7, at(containerPath(7)))
  registry.birth(8, at(`${containerPath(7)}/init.scope`))
  registry.birth(9, at(`${containerPath(7)}/system.slice/cron.service`))
  assert.is(registry.ownerOf(7, 0), registry.ownerOf(8, 0))
  assert.is(registry.ownerOf(7, 0), registry.ownerOf(9, 0))
  assert.is(registry.stats().resources, 1)
})
names('ids from 2^53 exactly', () => {
  const { registry } = host()
  const high = 0x20_0000
  registry.birth(toCgroupKey((BigInt(high) << 32n) | 1n), at(containerPath(1)))
  registry.birth(toCgroupKey((BigInt(high) << 32n) | 2n), at(containerPath(2)))
  registry.birth(toCgroupKey((0xffff_ffffn << 32n) | 0xffff_ffffn), at(containerPath(3)))
  assert.is(registry.resourceOf(registry.ownerOf(1, high))?.id, `container::${ID(1)}`)
  assert.is(registry.resourceOf(registry.ownerOf(2, high))?.id, `container::${ID(2)}`)
  assert.is(registry.resourceOf(registry.ownerOf(0xffff_ffff, 0xffff_ffff))?.id, `container::${ID(3)}`)
})
names('the first path of an id, should it come twice', () => {
  const test = host()
  test.registry.birth(7, at(containerPath(7)))
  test.registry.birth(7, at('/system.slice/other.service'))
  assert.is(idOf(test, 7), `container::${ID(7)}`)
  assert.is(test.registry.stats().resources, 1)
})
names.run()

const held = suite('CgroupRegistry holds an unknown cgroup')
held('under an owner of its own, until its path is found', () => {
  const test = host()
  const { registry } = test
  test.tree.set(7, containerPath(7)).set(8, containerPath(8))
  const [first, second] = [registry.ownerOf(7, 0), registry.ownerOf(8, 0)]
  assert.is.not(first, second)
  assert.is(registry.ownerOf(7, 0), first, 'the same until it is resolved')
  const moves = registry.resolveWanted()
  assert.equal([...moves.keys()], [first, second])
  assert.is(registry.resourceOf(moves.get(first)!)?.id, `container::${ID(7)}`)
  assert.is(registry.ownerOf(7, 0), moves.get(first))
  assert.is(registry.resolveWanted().size, 0)
})
held('until its birth is read, from another ring', () => {
  const { registry } = host()
  const owner = registry.ownerOf(7, 0)
  registry.birth(7, at(containerPath(7)))
  const moves = registry.resolveWanted()
  assert.is(registry.resourceOf(moves.get(owner)!)?.id, `container::${ID(7)}`)
})
held('and joins a resource that others of its container have', () => {
  const { registry } = host()
  registry.birth(7, at(containerPath(7)))
  const owner = registry.ownerOf(8, 0)
  registry.birth(8, at(`${containerPath(7)}/nested`))
  assert.is(registry.resolveWanted().get(owner), registry.ownerOf(7, 0))
})
held('and does not use its number again before the calls were moved', () => {
  const { registry } = host()
  const owner = registry.ownerOf(7, 0)
  registry.birth(7, at(containerPath(7)))
  registry.birth(8, at(containerPath(8)))
  const moves = registry.resolveWanted()
  assert.ok(moves.has(owner))
  assert.is.not(registry.ownerOf(8, 0), owner)
  registry.birth(9, at(containerPath(9)))
  assert.is.not(registry.ownerOf(9, 0), owner)
  registry.resolveWanted()
  registry.birth(10, at(containerPath(10)))
  assert.is(registry.ownerOf(10, 0), owner, 'now it may')
})
held('by walking at once, in steps', () => {
  const test = host({ walkStep: 2 })
  for (let n = 10; n < 15; n++) test.tree.set(n, containerPath(n))
  test.registry.ownerOf(14, 0)
  const steps: number[] = []
  while (test.registry.stats().held > 0) {
    test.registry.resolveWanted()
    steps.push(test.calls.walked)
    assert.ok(steps.length < 10)
  }
  assert.equal(steps, [2, 4, 5])
  assert.is(idOf(test, 14), `container::${ID(14)}`)
})
held('and is walked for once, and again for another one', () => {
  const test = host({ holdMs: 60_000 })
  const walks = (): number => {
    test.state.nowMs += 1000
    test.registry.resolveWanted()
    return test.registry.stats().walks
  }
  test.registry.ownerOf(98, 0)
  assert.equal([walks(), walks(), walks()], [1, 1, 1])
  test.registry.ownerOf(99, 0)
  assert.equal([walks(), walks()], [2, 2])
})
held('by a walk that takes a twentieth of the time at most', () => {
  const test = host({ holdMs: 60_000 })
  for (let n = 1; n <= 10; n++) test.tree.set(n, containerPath(n))
  test.state.walkMs = 10
  test.registry.ownerOf(98, 0)
  test.registry.resolveWanted()
  test.registry.ownerOf(99, 0)
  test.state.nowMs += 1999
  test.registry.resolveWanted()
  assert.is(test.registry.stats().walks, 1)
  test.state.nowMs += 1
  test.registry.resolveWanted()
  assert.is(test.registry.stats().walks, 2)
})
held('past its time, until a walk that began after its first sight has ended', () => {
  const test = host({ holdMs: 1000, walkStep: 1 })
  for (let n = 1; n <= 4; n++) test.tree.set(n, containerPath(n))
  test.registry.ownerOf(98, 0)
  test.registry.resolveWanted()
  test.registry.ownerOf(99, 0) // that walk may have passed it
  test.state.nowMs += 5000
  for (let n = 0; n < 3; n++) test.registry.resolveWanted()
  test.tree.set(99, containerPath(99))
  for (let n = 0; n < 20 && test.registry.stats().held > 0; n++) {
    test.state.nowMs += 1000
    test.registry.resolveWanted()
  }
  assert.is(idOf(test, 98), 'unresolved')
  assert.is(idOf(test, 99), `container::${ID(99)}`)
})
held('and finds it at the very end, however many there are', () => {
  const test = host({ walkStep: 1 })
  for (let n = 10; n < 15; n++) test.tree.set(n, containerPath(n))
  test.registry.ownerOf(98, 0)
  test.registry.resolveWanted()
  const owner = test.registry.ownerOf(14, 0)
  test.tree.delete(10)
  const moves = test.registry.resolveWanted(true)
  assert.is(test.registry.resourceOf(moves.get(owner)!)?.id, `container::${ID(14)}`)
})
held('for a bounded time; then it is unresolved, and counted', () => {
  const test = host({ holdMs: 5000 })
  const owner = test.registry.ownerOf(7, 0)
  test.state.nowMs += 4999
  assert.is(test.registry.resolveWanted().size, 0)
  test.state.nowMs += 1
  const moves = test.registry.resolveWanted()
  assert.equal(test.registry.resourceOf(moves.get(owner)!), { id: 'unresolved', attributes: {} })
  assert.is(idOf(test, 7), 'unresolved')
  assert.is(test.registry.stats().unresolved, 1)
  assert.is(test.registry.stats().cgroups, 0)
})
held('not at the very end: what can be named is, the rest is unresolved', () => {
  const test = host()
  test.tree.set(8, containerPath(8))
  const [lost, found] = [test.registry.ownerOf(7, 0), test.registry.ownerOf(8, 0)]
  const moves = test.registry.resolveWanted(true)
  assert.is(moves.get(lost), 0)
  assert.is(test.registry.resourceOf(moves.get(found)!)?.id, `container::${ID(8)}`)
  assert.is(test.registry.stats().held, 0)
})
held('and looks again for one given up that still makes calls', () => {
  const test = host({ holdMs: 0, retryMs: 60_000 })
  test.registry.ownerOf(7, 0)
  test.registry.resolveWanted()
  assert.is(idOf(test, 7), 'unresolved')
  test.tree.set(7, containerPath(7))
  test.state.nowMs += 60_000
  test.registry.resolveWanted()
  test.registry.ownerOf(7, 0)
  test.registry.resolveWanted()
  assert.is(idOf(test, 7), `container::${ID(7)}`)
})
held('but only so many at once', () => {
  const test = host({ maxHeld: 2 })
  assert.equal(
    [1, 2, 3].map(n => idOf(test, n)),
    [undefined, undefined, 'unresolved'],
  )
  assert.is(test.registry.stats().unresolved, 1)
  test.registry.birth(3, at(containerPath(3)))
  assert.is(idOf(test, 3), `container::${ID(3)}`, 'a late birth names it all the same')
})
held.run()

const deaths = suite('CgroupRegistry keeps the dead')
deaths('named for late calls, then ends them after both limits', () => {
  const test = host({ tombstoneMs: 30_000, tombstoneCollections: 2 })
  test.registry.birth(7, at(containerPath(7)))
  const owner = test.registry.ownerOf(7, 0)
  test.registry.death(7)
  assert.equal(collect(test), [])
  assert.equal(collect(test), [])
  assert.equal(collect(test), [], 'enough collections, not enough time')
  assert.is(idOf(test, 7), `container::${ID(7)}`)
  test.state.nowMs += 30_000
  assert.equal(collect(test), [owner])
  assert.is(
    test.registry.resourceOf(owner)?.id,
    `container::${ID(7)}`,
    'named while it is sent for the last time',
  )
  assert.equal(collect(test), [])
  assert.equal(test.registry.stats().cgroups, 0)
})
deaths('for whole collections, however long one takes', () => {
  const test = host({ tombstoneMs: 0, tombstoneCollections: 2 })
  test.registry.birth(7, at(containerPath(7)))
  const owner = test.registry.ownerOf(7, 0)
  test.registry.death(7)
  test.state.nowMs += 3_600_000
  assert.equal([collect(test), collect(test), collect(test)], [[], [], [owner]])
})
deaths('as long as another cgroup of the resource lives', () => {
  const test = host({ tombstoneMs: 0, tombstoneCollections: 0 })
  test.registry.birth(7, at(containerPath(7)))
  test.registry.birth(8, at(`${containerPath(7)}/nested`))
  const owner = test.registry.ownerOf(7, 0)
  test.registry.death(7)
  assert.equal(collect(test), [])
  assert.is(test.registry.ownerOf(8, 0), owner)
  test.registry.death(8)
  assert.equal(collect(test), [owner])
})
deaths('and gives a unit that starts again its old owner', () => {
  const test = host()
  test.registry.birth(7, at('/system.slice/cron.service'))
  const owner = test.registry.ownerOf(7, 0)
  test.registry.death(7)
  test.registry.birth(8, at('/system.slice/cron.service'))
  assert.is(test.registry.ownerOf(8, 0), owner)
  test.state.nowMs += 3_600_000
  for (let n = 0; n < 4; n++) assert.equal(collect(test), [])
})
deaths('a death that is read before the birth', () => {
  const test = host({ tombstoneMs: 0, tombstoneCollections: 0 })
  test.registry.death(7)
  test.registry.birth(7, at(containerPath(7)))
  const owner = test.registry.ownerOf(7, 0)
  assert.is(test.registry.resourceOf(owner)?.id, `container::${ID(7)}`)
  assert.equal(collect(test), [owner])
  assert.is(test.registry.stats().tombstones, 0)
})
deaths('the death of a cgroup nobody could name gives its calls to the unresolved', () => {
  const test = host({ tombstoneMs: 0, tombstoneCollections: 0 })
  const owner = test.registry.ownerOf(7, 0)
  test.registry.death(7)
  assert.equal(collect(test), [])
  assert.equal([...test.registry.resolveWanted()], [[owner, 0]])
  assert.equal(test.registry.stats(), {
    births: 0,
    deaths: 1,
    walks: 1,
    cgroups: 0,
    tombstones: 0,
    resources: 0,
    held: 0,
    unresolved: 1,
  })
})
deaths('ends the oldest early when there are too many', () => {
  const test = host({ maxTombstones: 2 })
  for (const key of [7, 8, 9]) test.registry.birth(key, at(containerPath(key)))
  const oldest = test.registry.ownerOf(7, 0)
  for (const key of [7, 8, 9]) test.registry.death(key)
  assert.equal(collect(test), [oldest])
  assert.is(test.registry.stats().tombstones, 2)
})
deaths('says a death once', () => {
  const { registry } = host()
  registry.birth(7, at(containerPath(7)))
  registry.death(7)
  registry.death(7)
  assert.is(registry.stats().deaths, 1)
})
deaths.run()

const audit = suite('CgroupRegistry after lost events')
audit('finds out who died and who was born by comparing with a walk', () => {
  const test = host({ tombstoneMs: 0, tombstoneCollections: 0 })
  for (const key of [7, 8]) test.tree.set(key, containerPath(key))
  test.registry.readTree()
  const owner = test.registry.ownerOf(8, 0)
  test.tree.delete(8)
  test.tree.set(9, containerPath(9))
  test.registry.distrust()
  test.state.nowMs += 30_000
  assert.equal(collect(test), [owner])
  assert.is(idOf(test, 9), `container::${ID(9)}`)
  assert.is(idOf(test, 7), `container::${ID(7)}`)
})
audit('does not bury what is born while it walks', () => {
  const test = host({ walkStep: 1 })
  for (const key of [7, 8]) test.tree.set(key, containerPath(key))
  test.registry.readTree()
  test.registry.distrust()
  test.state.nowMs += 30_000
  test.registry.resolveWanted()
  test.registry.birth(9, at(containerPath(9)))
  for (let n = 0; n < 3; n++) test.registry.resolveWanted()
  assert.is(test.registry.stats().walks, 2)
  assert.is(test.registry.stats().deaths, 0)
})
for (const [name, isWholeTree, isEmpty] of [
  ['buries nobody where only a part can be seen', false, false],
  ['buries nobody when nothing can be seen', true, true],
] as const) {
  audit(name, () => {
    const test = host({}, isWholeTree)
    test.registry.birth(7, at(containerPath(7)))
    if (!isEmpty) test.tree.set(8, containerPath(8))
    test.registry.distrust()
    test.registry.resolveWanted()
    assert.is(test.registry.stats().walks, 1)
    assert.is(test.registry.stats().deaths, 0)
  })
}
audit('gives up at once what a walk does not find where only a part can be seen: it is elsewhere', () => {
  for (const isWholeTree of [true, false]) {
    const test = host({}, isWholeTree)
    test.tree.set(8, containerPath(8))
    test.registry.birth(9, { parent: 7, name: `docker-${ID(9)}.scope`, makerUid: 0 })
    const owner = test.registry.ownerOf(9, 0)
    const moves = test.registry.resolveWanted()
    assert.is(moves.has(owner), !isWholeTree)
    assert.is(test.registry.stats().held, isWholeTree ? 1 : 0)
  }
})
audit('takes nobody for its own who is born beside the part that it can see', () => {
  for (const isWholeTree of [true, false]) {
    const { registry, tree } = host({}, isWholeTree)
    tree.set(5, '/ours')
    registry.readTree()
    registry.birth(8, { parent: 1, name: 'theirs', makerUid: 0 })
    registry.birth(9, { parent: 8, name: `docker-${ID(9)}.scope`, makerUid: 0 })
    registry.birth(10, { parent: 5, name: `docker-${ID(10)}.scope`, makerUid: 0 })
    assert.is(registry.resourceOfCgroup(9, 0)?.id, isWholeTree ? `container:docker:${ID(9)}` : undefined)
    assert.is(registry.resourceOfCgroup(10, 0)?.id, `container:docker:${ID(10)}`)
  }
})
audit.run()

const births = suite('CgroupRegistry births below others')
births('are named whichever of parent and child is read first', () => {
  const { registry } = host()
  const name = `docker-${ID(9)}.scope`
  registry.birth(9, { parent: 8, name, makerUid: 0 })
  registry.birth(10, { parent: 9, name: 'nested', makerUid: 0 })
  assert.is(registry.resourceOfCgroup(9, 0), undefined)
  registry.birth(8, at('/system.slice'))
  assert.is(registry.resourceOfCgroup(9, 0)?.id, `container:docker:${ID(9)}`)
  assert.is(registry.pathOf(10), `/system.slice/${name}/nested`)
})
births('are named by a walk that finds the parent, even of one that is dead by then', () => {
  const test = host()
  test.tree.set(8, '/system.slice')
  test.registry.birth(9, { parent: 8, name: `docker-${ID(9)}.scope`, makerUid: 0 })
  test.registry.death(9)
  const owner = test.registry.ownerOf(9, 0)
  const moves = test.registry.resolveWanted()
  assert.is(test.registry.resourceOf(moves.get(owner)!)?.id, `container:docker:${ID(9)}`)
})
births('wait in bounded number, and not for ever', () => {
  const test = host()
  for (let n = 10; n < 20_000; n++) test.registry.birth(n, { parent: 8, name: 'x', makerUid: 0 })
  test.registry.ownerOf(99, 1)
  test.registry.resolveWanted()
  test.registry.birth(8, at('/a'))
  assert.is(test.registry.pathOf(10), '', 'a walk did not find the parent')
})
births('have paths of any length', () => {
  const { registry } = host()
  for (let n = 10; n < 30; n++)
    registry.birth(n, { parent: n === 10 ? 1 : n - 1, name: 'x'.repeat(150), makerUid: 0 })
  registry.birth(30, { parent: 29, name: `docker-${ID(30)}.scope`, makerUid: 0 })
  assert.is(registry.resourceOfCgroup(30, 0)?.id, `container:docker:${ID(30)}`)
})
births('with bytes that differ are different', () => {
  const { registry } = host()
  for (const [key, name] of [
    [7, '\xff'],
    [8, '\xfe'],
    [9, '\xc3\xa9'],
  ] as const)
    registry.birth(key, { parent: 1, name, makerUid: 0 })
  assert.equal(
    [7, 8, 9].map(key => registry.resourceOfCgroup(key, 0)?.id),
    ['cgroup:/\ufffdff', 'cgroup:/\ufffdfe', 'cgroup:/é'],
  )
})
births.run()

const renames = suite('CgroupRegistry renames')
renames('keep calls so far with the old name, and give later ones to the new one', () => {
  const test = host({ tombstoneMs: 1000, tombstoneCollections: 0 })
  const { registry } = test
  registry.birth(7, at(`/docker/${ID(7)}`))
  const before = registry.ownerOf(7, 0)
  registry.rename(7, at(`/docker/${ID(8)}`))
  const after = registry.ownerOf(7, 0)
  assert.is(registry.resourceOf(before)?.id, `container:docker:${ID(7)}`)
  assert.is(registry.resourceOf(after)?.id, `container:docker:${ID(8)}`)
  assert.equal(collect(test), [])
  test.state.nowMs += 1000
  assert.equal(collect(test), [before], 'the old name ends as that of one that died')
  assert.is(registry.ownerOf(7, 0), after)
})
renames('concern all below', () => {
  const { registry } = host()
  registry.birth(6, at('/a'))
  registry.birth(7, { parent: 6, name: 'b', makerUid: 0 })
  registry.birth(8, at('/ab'))
  registry.rename(6, at('/c'))
  assert.equal(
    [6, 7, 8].map(key => registry.pathOf(key)),
    ['/c', '/c/b', '/ab'],
  )
})
renames('that leave the resource the same change no owner', () => {
  const test = host({ tombstoneMs: 0, tombstoneCollections: 0 })
  test.registry.birth(7, at(`/docker/${ID(7)}`))
  test.registry.birth(8, { parent: 7, name: 'a', makerUid: 0 })
  const owner = test.registry.ownerOf(8, 0)
  test.registry.rename(8, { parent: 7, name: 'b', makerUid: 0 })
  assert.is(test.registry.ownerOf(8, 0), owner)
  for (const key of [7, 8]) test.registry.death(key)
  assert.equal(collect(test), [owner])
})
renames('of a cgroup that nobody knew name it', () => {
  const { registry } = host()
  registry.rename(7, at('/a'))
  assert.is(registry.pathOf(7), '/a')
})
renames.run()

const claims = suite('CgroupRegistry and names that users chose')
const DELEGATED = '/user.slice/user-1000.slice/user@1000.service'
const scope = (n: number): string => `docker-${ID(n)}.scope`
claims('name the container of a rootless runtime, with the unit that was handed over', () => {
  const { registry } = host()
  registry.birth(7, at(`${DELEGATED}/app.slice/${scope(7)}`))
  assert.equal(registry.resourceOfCgroup(7, 0), {
    id: `container:docker:${ID(7)}@user@1000.service`,
    attributes: {
      'container.id': ID(7),
      'container.runtime.name': 'docker',
      'systemd.unit': 'user@1000.service',
    },
  })
})
claims('are no container that is known', () => {
  const { registry } = host()
  registry.birth(6, at(`/system.slice/${scope(7)}`))
  registry.birth(7, at(`${DELEGATED}/app.slice/${scope(7)}`))
  assert.is(registry.resourceOfCgroup(6, 0)?.id, `container:docker:${ID(7)}`)
  assert.is(registry.resourceOfCgroup(7, 0)?.id, 'unit:user@1000.service')
})
claims('stay apart from a container that comes later', () => {
  const { registry } = host()
  registry.birth(7, at(`${DELEGATED}/${scope(7)}`))
  registry.birth(6, at(`/system.slice/${scope(7)}`))
  assert.is.not(registry.ownerOf(6, 0), registry.ownerOf(7, 0))
})
for (const [what, makerUid, parentUid] of [
  ['who made the cgroup is not root', 1000, 0],
  ['who owns the folder is not root', 0, 1000],
] as const)
  claims(`make nobody a pod or a unit where ${what}`, () => {
    const { registry } = host({}, true, parentUid)
    registry.birth(6, at('/handed-over'))
    registry.birth(7, { parent: 6, name: `kubepods-pod${POD.replaceAll('-', '_')}.slice`, makerUid })
    registry.birth(8, { parent: 7, name: `cri-containerd-${ID(8)}.scope`, makerUid })
    registry.birth(9, { parent: 6, name: 'ssh.service', makerUid })
    assert.is(registry.resourceOfCgroup(7, 0)?.attributes['k8s.pod.uid'], undefined)
    assert.equal(registry.resourceOfCgroup(8, 0)?.attributes, {
      'container.id': ID(8),
      'container.runtime.name': 'containerd',
      'process.linux.cgroup': '/handed-over',
    })
    assert.is(registry.resourceOfCgroup(9, 0)?.id, 'cgroup:/handed-over/ssh.service')
  })
claims('believe a container whose own folder was handed to its user', () => {
  const { registry } = host()
  registry.birth(6, at(`/system.slice/${scope(6)}`))
  registry.birth(7, { parent: 6, name: 'kubepods', makerUid: 100_000 })
  assert.is(registry.resourceOfCgroup(7, 0)?.id, `container:docker:${ID(6)}`)
})
claims.run()

const size = suite('CgroupRegistry stays small')
size('100,000 containers that come and go leave nothing behind', () => {
  const test = host({ tombstoneMs: 1000, tombstoneCollections: 1 })
  let ended = 0
  let most = 0
  let highestOwner = 0
  for (let n = 1; n <= 100_000; n++) {
    test.registry.birth(n, at(containerPath(n)))
    highestOwner = Math.max(highestOwner, test.registry.ownerOf(n, 0))
    if (n % 3 === 0) test.registry.ownerOf(n, 1) // a cgroup nobody knows
    test.registry.death(n)
    test.state.nowMs += 1
    if (n % 500 === 0) {
      ended += collect(test).length
      const { cgroups, tombstones, resources, held } = test.registry.stats()
      most = Math.max(most, cgroups, tombstones, resources, held)
    }
  }
  for (let n = 0; n < 4; n++) {
    test.state.nowMs += 600_000
    ended += collect(test).length
  }
  assert.is(ended, 100_000)
  const { births, deaths: died, cgroups, tombstones, resources, held: waiting } = test.registry.stats()
  assert.equal(
    { births, died, cgroups, tombstones, resources, waiting },
    {
      births: 100_000,
      died: 100_000,
      cgroups: 0,
      tombstones: 0,
      resources: 0,
      waiting: 0,
    },
  )
  // One second of deaths and one collection; held ones for ten seconds; numbers are used again.
  assert.ok(most <= 4096, `${most}`)
  assert.ok(highestOwner <= 2 * 4096, `${highestOwner}`)
})
size.run()
