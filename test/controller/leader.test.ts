/** Several processes and one Lease. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Leader } from '../../controller/leader.ts'
import { type FakeClock, fakeClock } from '../kit/clock.ts'
import { seeded } from '../kit/random.ts'
import { FakeCluster, type Fault } from './kit/cluster.ts'

function createRig(fault: () => Fault = () => 'none') {
  const clock = fakeClock()
  const cluster = new FakeCluster({ clock, lagMs: () => 0, fault })
  const leading: string[] = []
  const join = (identity: string) => {
    let isDead = false
    const leader = new Leader({
      api: cluster.api(() => isDead),
      namespace: 'swoll',
      name: 'controller',
      identity,
      clock,
      onGain: () => leading.push(identity),
      async onLose() {
        leading.splice(leading.indexOf(identity), 1)
      },
      onError() {},
    })
    leader.start()
    const kill = () => {
      isDead = true
    }
    return { leader, kill }
  }
  return { clock, cluster, leading, join }
}

async function until(clock: FakeClock, isSo: () => boolean): Promise<number> {
  for (let seconds = 0; seconds < 120; seconds++) {
    if (isSo()) return seconds
    await clock.advance(1000)
  }
  throw new Error('waited two minutes')
}

const s = suite('Leader')
s('leads alone, and writes every ten seconds', async () => {
  const { clock, cluster, leading, join } = createRig()
  join('a')
  join('b')
  await clock.advance(5000)
  assert.equal(leading, ['a'])
  cluster.requests.clear()
  await clock.advance(3_600_000)
  assert.equal(leading, ['a'])
  assert.is(cluster.requests.get('update leases'), 360)
})
s('is followed at once when it gives the Lease back', async () => {
  const { clock, leading, join } = createRig()
  const { leader } = join('a')
  join('b')
  await clock.advance(5000)
  await leader.stop()
  assert.equal(leading, [])
  assert.ok((await until(clock, () => leading.includes('b'))) <= 3)
})
s(
  'is followed within the time of the Lease when it dies, and does not believe in itself for longer',
  async () => {
    const { clock, leading, join } = createRig()
    const { kill } = join('a')
    join('b')
    await clock.advance(5000)
    kill()
    const lostAfter = await until(clock, () => !leading.includes('a'))
    assert.ok(lostAfter <= 20, `lost after ${lostAfter} s`)
    assert.ok((await until(clock, () => leading.includes('b'))) + lostAfter <= 34)
  },
)
s('loses the lead to who has taken it', async () => {
  const { clock, cluster, leading, join } = createRig()
  join('a')
  await clock.advance(5000)
  const object = {
    group: 'coordination.k8s.io',
    version: 'v1',
    resource: 'leases',
    namespace: 'swoll',
    name: 'controller',
  }
  const lease = cluster.find(object)!
  cluster.update(object, { ...lease, spec: { ...lease.spec, holderIdentity: 'z' } })
  await clock.advance(13_000)
  assert.equal(leading, [])
  await clock.advance(40_000)
  assert.equal(leading, ['a'], 'which did not come back')
})
for (const seed of [1, 2, 3, 4, 5])
  s(`never leads twice, whatever requests fail (seed ${seed})`, async () => {
    const random = seeded(seed)
    let share = 0
    const kinds: readonly Fault[] = ['before', 'after', 'conflict']
    const rig = createRig(() => (random() < share ? kinds[Math.floor(random() * 3)]! : 'none'))
    const members = ['a', 'b', 'c'].map(rig.join)
    let next = 0
    for (let step = 0; step < 1000; step++) {
      if (random() < 0.05) share = random()
      if (random() < 0.02) share = 0
      if (random() < 0.02) {
        members.shift()!.kill()
        members.push(rig.join(`n${next++}`))
      }
      await rig.clock.advance(Math.floor(random() * 5000))
      assert.ok(rig.leading.length <= 1, rig.leading.join())
    }
    share = 0
    await rig.clock.advance(60_000)
    assert.is(rig.leading.length, 1)
  })
s.run()
